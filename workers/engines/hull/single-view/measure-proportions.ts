import type { ReliefGrid } from './relief-grid.ts';

/** What the outline as a whole says about the object; lengths in world units. */
export interface Proportions {
  width: number;
  height: number;
  /** World y of the lowest sample. */
  bottom: number;
  /** Radius of the largest inscribed disc, and the sample that it is centred on. */
  bulkRadius: number;
  bulkCentre: number;
  /** Distance between the outermost places that reach down to the ground, relative to the width. */
  footShare: number;
  /** Share of the bulky part's rows whose both ends are straight above each other: 1 for a rectangle. */
  rectangularity: number;
  /** The rectangle of those rows, in samples; bounds are inclusive. */
  rectangle: Rectangle;
}

export interface Rectangle {
  left: number;
  right: number;
  bottom: number;
  top: number;
}

/** Ends of rows count as straight within this share of the part's width. */
const STRAIGHTNESS = 0.03;
/** The foot is what reaches down to this share of the height above the lowest sample. */
const FOOT_HEIGHT = 0.08;

/** @param distance signed distance to the outline, positive inside; all proportions are 0 where nothing is */
export function measureProportions(distance: Float32Array, { width, height, y0, spacing }: ReliefGrid): Proportions {
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
  if (top < 0)
    return {
      width: 0,
      height: 0,
      bottom: 0,
      bulkRadius: 0,
      bulkCentre,
      footShare: 0,
      rectangularity: 0,
      rectangle: { left, right, bottom, top },
    };
  const footTop = bottom + Math.max(1, Math.round(FOOT_HEIGHT * (top - bottom + 1)));
  let [footLeft, footRight] = [right, left];
  for (let y = bottom; y < footTop; y++) {
    for (let x = left; x <= right; x++) {
      if (distance[x + width * y]! <= 0) continue;
      footLeft = Math.min(footLeft, x);
      footRight = Math.max(footRight, x);
    }
  }
  return {
    width: (right - left + 1) * spacing,
    height: (top - bottom + 1) * spacing,
    bottom: y0 + spacing * bottom,
    bulkRadius: distance[bulkCentre]!,
    bulkCentre,
    footShare: (footRight - footLeft + 1) / (right - left + 1),
    ...measureRectangle(distance, width, bulkCentre),
  };
}

/** Compares the rows above and below the centre with the median row. */
function measureRectangle(
  distance: Float32Array,
  width: number,
  centre: number,
): Pick<Proportions, 'rectangularity' | 'rectangle'> {
  const rows: Array<{ y: number; left: number; right: number }> = [];
  for (const step of [width, -width]) {
    for (let at = step > 0 ? centre : centre + step; distance[at]! > 0; at += step) {
      let left = at;
      let right = at;
      while (distance[left - 1]! > 0) left--;
      while (distance[right + 1]! > 0) right++;
      rows.push({ y: Math.floor(at / width), left: left % width, right: right % width });
    }
  }
  const left = median(rows.map((row) => row.left));
  const right = median(rows.map((row) => row.right));
  const tolerance = Math.max(1, STRAIGHTNESS * (right - left));
  const straight = rows.filter((r) => Math.abs(r.left - left) <= tolerance && Math.abs(r.right - right) <= tolerance);
  return {
    rectangularity: straight.length / rows.length,
    rectangle: {
      left: Math.min(...straight.map((row) => row.left)),
      right: Math.max(...straight.map((row) => row.right)),
      bottom: Math.min(...straight.map((row) => row.y)),
      top: Math.max(...straight.map((row) => row.y)),
    },
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
