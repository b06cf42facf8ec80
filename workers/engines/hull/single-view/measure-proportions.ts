import type { ReliefGrid } from './relief-grid.ts';

/** What the outline as a whole says about the object; lengths in world units. */
export interface Proportions {
  width: number;
  height: number;
  /** Radius of the largest inscribed disc, and the sample that it is centred on. */
  bulkRadius: number;
  bulkCentre: number;
  /** Share of the width that reaches down to the ground. */
  footShare: number;
}

/** The foot is what reaches down to this share of the height above the lowest sample. */
const FOOT_HEIGHT = 0.04;

/** @param distance signed distance to the outline, positive inside; all proportions are 0 where nothing is */
export function measureProportions(distance: Float32Array, { width, height, spacing }: ReliefGrid): Proportions {
  let [left, right, bottom, top] = [width, -1, height, -1];
  let bulkCentre = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = x + width * y;
      if (distance[at]! <= 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      bottom = Math.min(bottom, y);
      top = y;
      if (distance[at]! > distance[bulkCentre]!) bulkCentre = at;
    }
  }
  if (top < 0) return { width: 0, height: 0, bulkRadius: 0, bulkCentre, footShare: 0 };
  const footTop = bottom + Math.max(1, Math.round(FOOT_HEIGHT * (top - bottom + 1)));
  let footColumns = 0;
  for (let x = left; x <= right; x++) {
    let y = bottom;
    while (y < footTop && distance[x + width * y]! <= 0) y++;
    if (y < footTop) footColumns++;
  }
  return {
    width: (right - left + 1) * spacing,
    height: (top - bottom + 1) * spacing,
    bulkRadius: distance[bulkCentre]!,
    bulkCentre,
    footShare: footColumns / (right - left + 1),
  };
}
