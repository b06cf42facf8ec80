import type { ScalarField } from '../../geometry/mesh.ts';
import { labelComponents } from '../../imaging/connected-components.ts';

/** Lowest and highest coordinate along each axis. */
export interface Bounds3 {
  min: [number, number, number];
  max: [number, number, number];
}

/** Parts whose silhouette is below this share of the largest part's are specks, which are dropped later on. */
const SPECK_SHARE = 1e-3;

/**
 * World bounds of the surface on which a field is 0, to a fraction of a cell, without specks that stand apart from
 * the object seen from the front or from the side. NaN samples count as outside.
 * @returns undefined where no sample is inside
 */
export function surfaceBounds(field: ScalarField): Bounds3 | undefined {
  const [nx, ny, nz] = field.dims;
  const front = new Uint8Array(nx * ny);
  const side = new Uint8Array(nz * ny);
  let i = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, i++) {
        if (!(field.values[i]! > 0)) continue;
        front[y * nx + x] = 1;
        side[y * nz + z] = 1;
      }
    }
  }
  const seenInFront = outlineBounds(front, nx, ny);
  const seenFromSide = outlineBounds(side, nz, ny);
  if (seenInFront === undefined || seenFromSide === undefined) return undefined;
  const low = [seenInFront.minX, seenInFront.minY, seenFromSide.minX];
  const high = [seenInFront.maxX, seenInFront.maxY, seenFromSide.maxX];
  const world = (axis: 0 | 1 | 2, sample: number) => field.origin[axis] + field.spacing * sample;
  const lowest = (axis: 0 | 1 | 2) => world(axis, low[axis]! - overhang(field, axis, low[axis]!, -1));
  const highest = (axis: 0 | 1 | 2) => world(axis, high[axis]! + overhang(field, axis, high[axis]!, 1));
  return { min: [lowest(0), lowest(1), lowest(2)], max: [highest(0), highest(1), highest(2)] };
}

/** Bounds, both inclusive, of the non-zero samples of a mask, specks left out. */
function outlineBounds(mask: Uint8Array, width: number, height: number) {
  const { labels, areas } = labelComponents(mask, width, height, 8);
  const smallest = SPECK_SHARE * areas.reduce((largest, area) => Math.max(largest, area), 0);
  let [minX, minY, maxX, maxY] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const label = labels[y * width + x]!;
      if (label === 0 || areas[label]! < smallest) continue;
      minX = Math.min(minX, x);
      maxX = Math.max(maxX, x);
      minY = Math.min(minY, y);
      maxY = y;
    }
  }
  return maxX < 0 ? undefined : { minX, minY, maxX, maxY };
}

/**
 * How far, in cells, the surface reaches beyond a plane of samples towards the next one: the farthest crossing of a
 * grid edge from a sample inside; 0 where the next plane is unknown or beyond the grid.
 */
function overhang({ values, dims }: ScalarField, axis: 0 | 1 | 2, plane: number, direction: 1 | -1): number {
  const next = plane + direction;
  if (next < 0 || next >= dims[axis]) return 0;
  const strides = [1, dims[0], dims[0] * dims[1]] as const;
  const [u, v] = axis === 0 ? ([1, 2] as const) : axis === 1 ? ([0, 2] as const) : ([0, 1] as const);
  let farthest = 0;
  for (let b = 0; b < dims[v]; b++) {
    for (let a = 0; a < dims[u]; a++) {
      const at = a * strides[u] + b * strides[v];
      const inside = values[at + plane * strides[axis]]!;
      const outside = values[at + next * strides[axis]]!;
      if (inside > 0 && outside <= 0) farthest = Math.max(farthest, inside / (inside - outside));
    }
  }
  return farthest;
}
