import type { ScalarField } from '../../../geometry/mesh.ts';
import type { PreparedView } from '../../../imaging/prepared-view.ts';
import type { EngineContext } from '../../engine.ts';
import { mergeSilhouettes, sampleSilhouette } from '../silhouette-map.ts';
import { createVolumeGrid, DEFAULT_CELLS, looksAlongZ } from '../volume-grid.ts';
import { type LateralCoordinate, measureLateralCoordinate } from './lateral-coordinate.ts';

/**
 * A shape from pictures of the front or back and of at least one side.
 *
 * The visual hull, the intersection of the two extruded silhouettes, has rectangular horizontal sections. Each is
 * rounded to a superellipse in coordinates that run from 0 in the middle of a part to 1 on its outline, so that every
 * covered pixel of every picture keeps inside samples on its ray.
 */
export function reconstructFromSides(views: readonly PreparedView[], context: EngineContext): ScalarField {
  const grid = createVolumeGrid(views, context.options.octree_resolution ?? DEFAULT_CELLS);
  const front = mergeSilhouettes(views.filter((v) => looksAlongZ(v.name)).map((v) => sampleSilhouette(v, grid)));
  const side = mergeSilhouettes(views.filter((v) => !looksAlongZ(v.name)).map((v) => sampleSilhouette(v, grid)));
  if (!front || !side) throw new Error('expected a picture of the front or back and one of a side');
  context.onProgress(0.4);
  const across = measureLateralCoordinate(front, grid.spacing);
  const deep = measureLateralCoordinate(side, grid.spacing);
  context.onProgress(0.5);
  const [nx, ny, nz] = grid.dims;
  const values = new Float32Array(nx * ny * nz);
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const b = k + nz * j;
      const sideDistance = side.distances[b]!;
      const scale = Math.min(across.rowHeight[j]!, deep.rowHeight[j]!);
      for (let i = 0; i < nx; i++) {
        const a = i + nx * j;
        const hull = Math.min(front.distances[a]!, sideDistance);
        const rounded = hull > 0 ? Math.min(hull, scale * (1 - superellipse(across, a, deep, b))) : hull;
        values[i + nx * (j + ny * k)] = rounded;
      }
    }
  }
  context.onProgress(1);
  return { values, dims: grid.dims, origin: grid.origin, spacing: grid.spacing };
}

/** Distance from the middle of the part relative to its outline: below 1 inside of the rounded section. */
function superellipse(across: LateralCoordinate, a: number, deep: LateralCoordinate, b: number): number {
  const radius = Math.min(across.runHalf[a]!, deep.runHalf[b]!);
  const u = Math.max(0, 1 - across.runEdge[a]! / radius);
  const w = Math.max(0, 1 - deep.runEdge[b]! / radius);
  return Math.sqrt(0.5 * (u * u + w * w + across.thinness[a]! + deep.thinness[b]!));
}
