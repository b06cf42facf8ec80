import type { ViewName } from '../../../src/protocol/views.ts';
import type { PreparedView } from '../../imaging/prepared-view.ts';

/** Sample positions of a field: sample (i, j, k) stands at `origin + spacing * (i, j, k)`. */
export interface VolumeGrid {
  dims: readonly [number, number, number];
  origin: readonly [number, number, number];
  spacing: number;
}

/** Cells along the longest side of the object where the request does not say. */
export const DEFAULT_CELLS = 192;
/** Samples beyond the object's bounds on every side. */
const MARGIN_SAMPLES = 4;

/** Pictures that look along the z axis; they show x. The others show z. */
export function looksAlongZ(name: ViewName): boolean {
  return name === 'front' || name === 'back';
}

/**
 * The grid of an object seen from the front or back and from a side: tight around what the pictures cover, with a
 * margin that stays outside, and `cells` cells along the longest side.
 */
export function createVolumeGrid(views: readonly PreparedView[], cells: number): VolumeGrid {
  const low = [0, 0, 0];
  const high = [0, 0, 0];
  for (const view of views) {
    const { bounds, camera, image } = view;
    const lateral = looksAlongZ(view.name) ? 0 : 2;
    const toWorld = (pixel: number) => ((2 * pixel) / image.width - 1) * camera.halfWidth * camera.right[lateral]!;
    const toHeight = (pixel: number) => (1 - (2 * pixel) / image.height) * camera.halfHeight;
    low[lateral] = Math.min(low[lateral]!, toWorld(bounds.minX), toWorld(bounds.maxX));
    high[lateral] = Math.max(high[lateral]!, toWorld(bounds.minX), toWorld(bounds.maxX));
    low[1] = Math.min(low[1]!, toHeight(bounds.maxY));
    high[1] = Math.max(high[1]!, toHeight(bounds.minY));
  }
  const extents = high.map((h, axis) => h - low[axis]!);
  const spacing = Math.max(...extents) / cells;
  const counts = extents.map((extent) => Math.ceil(extent / spacing) + 1 + 2 * MARGIN_SAMPLES);
  const starts = counts.map((count, axis) => (low[axis]! + high[axis]! - spacing * (count - 1)) / 2);
  return {
    dims: [counts[0]!, counts[1]!, counts[2]!],
    origin: [starts[0]!, starts[1]!, starts[2]!],
    spacing,
  };
}
