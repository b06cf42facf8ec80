import { smoothStep } from './choose-profile.ts';
import type { ReliefGrid } from './relief-grid.ts';

/** Half depth of a flat thing that cannot stand: a shield, a sign. */
const SLAB_HALF_DEPTH = 0.12;
/** Depth of a standing box relative to its height and its width: a cupboard is as deep as half its width or more,
 * a car seen from its side about as deep as it is high. */
const DEPTH_PER_HEIGHT = 1.2;
const DEPTH_PER_WIDTH = 0.9;
/** The foot is what reaches down to this share of the height above the lowest sample. */
const FOOT_SHARE = 0.04;

/**
 * Half the depth of a flat-faced object. What stands on a wide foot must be deep enough not to tip over; what does
 * not stand is a slab.
 */
export function chooseFlatHalfDepth(
  distance: Float32Array,
  grid: ReliefGrid,
): { slab: number; box: number; stands: number } {
  const { width, height, spacing } = grid;
  let [left, right, bottom, top] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (distance[x + width * y]! <= 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      bottom = Math.min(bottom, y);
      top = y;
    }
  }
  if (top < 0) return { slab: SLAB_HALF_DEPTH, box: SLAB_HALF_DEPTH, stands: 0 };
  const footTop = bottom + Math.max(1, Math.round(FOOT_SHARE * (top - bottom + 1)));
  let footColumns = 0;
  for (let x = left; x <= right; x++) {
    for (let y = bottom; y < footTop; y++) {
      if (distance[x + width * y]! <= 0) continue;
      footColumns++;
      break;
    }
  }
  const stands = smoothStep(0.3, 0.45, footColumns / (right - left + 1));
  const box = 0.5 * spacing * Math.min(DEPTH_PER_HEIGHT * (top - bottom + 1), DEPTH_PER_WIDTH * (right - left + 1));
  return { slab: SLAB_HALF_DEPTH, box, stands };
}
