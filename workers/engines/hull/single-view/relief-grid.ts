import type { PreparedView } from '../../../imaging/prepared-view.ts';
import { createVolumeGrid } from '../volume-grid.ts';

/**
 * Grid of the maps that describe the object as seen from the front: sample (i, j) stands at `i + width * j` and at
 * world x = x0 + spacing * i, y = y0 + spacing * j. So rows run upwards. Lengths in maps are in world units.
 */
export interface ReliefGrid {
  width: number;
  height: number;
  x0: number;
  y0: number;
  spacing: number;
}

/** Samples along the longest side of the picture's object: half a prepared picture's resolution, and independent of
 * the field's, because the choices that are made on the maps must not change with `octree_resolution`. */
const RELIEF_CELLS = 336;

/** Widens the grid to where a field of about half its resolution still needs distances to the outline. */
const PADDING_SAMPLES = 8;

/** The grid around what the views, all of the front or back, cover; its outermost samples are outside. */
export function createReliefGrid(views: readonly PreparedView[]): ReliefGrid {
  const { dims, origin, spacing } = createVolumeGrid(views, RELIEF_CELLS);
  return {
    width: dims[0] + 2 * PADDING_SAMPLES,
    height: dims[1] + 2 * PADDING_SAMPLES,
    x0: origin[0] - PADDING_SAMPLES * spacing,
    y0: origin[1] - PADDING_SAMPLES * spacing,
    spacing,
  };
}

/** Samples a map at a world position; bilinear, clamped at the border. */
export function sampleMap(map: Float32Array, grid: ReliefGrid, x: number, y: number): number {
  const { width, height } = grid;
  const fx = Math.min(width - 1.001, Math.max(0, (x - grid.x0) / grid.spacing));
  const fy = Math.min(height - 1.001, Math.max(0, (y - grid.y0) / grid.spacing));
  const i = Math.floor(fx);
  const j = Math.floor(fy);
  const s = fx - i;
  const t = fy - j;
  const at = i + width * j;
  const lower = map[at]! * (1 - s) + map[at + 1]! * s;
  const upper = map[at + width]! * (1 - s) + map[at + width + 1]! * s;
  return lower * (1 - t) + upper * t;
}
