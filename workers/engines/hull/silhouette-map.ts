import { measureCoverageDistance } from '../../geometry/coverage-distance.ts';
import type { PreparedView } from '../../imaging/prepared-view.ts';
import { looksAlongZ, type VolumeGrid } from './volume-grid.ts';

/**
 * A silhouette on the samples of a grid: signed distance to the outline in world units, positive inside, at
 * `distances[lateral + width * j]` for lateral sample x (front, back) or z (left, right) and height sample j.
 */
export interface SilhouetteMap {
  distances: Float32Array;
  width: number;
  height: number;
}

/** Samples one picture's outline, at sub-pixel accuracy, where the grid's samples project to. */
export function sampleSilhouette(view: PreparedView, grid: VolumeGrid): SilhouetteMap {
  const { width: columns, height: rows, pixels } = view.image;
  const coverage = new Float32Array(columns * rows);
  for (let i = 0; i < coverage.length; i++) coverage[i] = pixels[4 * i + 3]! / 255;
  const pixelDistances = measureCoverageDistance(coverage, columns, rows);
  const { camera } = view;
  const axis = looksAlongZ(view.name) ? 0 : 2;
  const width = grid.dims[axis];
  const height = grid.dims[1];
  const worldPerPixel = (2 * camera.halfWidth) / columns;
  const distances = new Float32Array(width * height);
  for (let j = 0; j < height; j++) {
    const y = grid.origin[1] + grid.spacing * j;
    const v = clamp(((1 - y / camera.halfHeight) * rows) / 2 - 0.5, rows);
    const row = Math.floor(v);
    const fv = v - row;
    for (let i = 0; i < width; i++) {
      const lateral = grid.origin[axis] + grid.spacing * i;
      const u = clamp((((lateral * camera.right[axis]) / camera.halfWidth + 1) * columns) / 2 - 0.5, columns);
      const column = Math.floor(u);
      const fu = u - column;
      const at = column + row * columns;
      const upper = pixelDistances[at]! * (1 - fu) + pixelDistances[at + 1]! * fu;
      const lower = pixelDistances[at + columns]! * (1 - fu) + pixelDistances[at + columns + 1]! * fu;
      distances[i + width * j] = worldPerPixel * (upper * (1 - fv) + lower * fv);
    }
  }
  return { distances, width, height };
}

/** Keeps a pixel coordinate and its right neighbour inside of `size` pixels. */
function clamp(coordinate: number, size: number): number {
  return Math.min(size - 1.001, Math.max(0, coordinate));
}

/**
 * One outline from the pictures of two opposite cameras, which show the same outline mirrored. Where drawn pictures
 * disagree, the result is the mean of the two, but never less than the first: thin parts of it survive.
 */
export function mergeSilhouettes(maps: readonly SilhouetteMap[]): SilhouetteMap | undefined {
  const [first, second] = maps;
  if (!first || !second) return first;
  const distances = first.distances.map((d, i) => Math.max(d, (d + second.distances[i]!) / 2));
  return { distances, width: first.width, height: first.height };
}
