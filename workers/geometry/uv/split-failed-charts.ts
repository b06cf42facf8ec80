import type { ChartSurface } from './chart-surface.ts';

/**
 * Cuts charts that could not be laid flat into smaller ones.
 *
 * A chart with flipped faces loses these faces and the ones around them: they face another way and become charts of
 * their own. Where that would leave nothing, and for charts that overlap themselves, the chart is halved across its
 * longest side. Both always leave fewer faces per chart, so repeating ends at single triangles at the latest.
 *
 * @param failed 1 per chart to cut
 * @param flipped 1 per local face that is flipped
 * @returns part per local face: 0 or 1; charts that did not fail are left at 0
 */
export function splitFailedCharts(
  positions: Float32Array,
  surface: ChartSurface,
  failed: Uint8Array,
  flipped: Uint8Array,
): Uint8Array {
  const { chartStart, corners, pair } = surface;
  const part = new Uint8Array(surface.faces.length);
  for (let c = 0; c < surface.chartCount; c++) {
    if (failed[c] === 0) continue;
    const start = chartStart[c]!;
    const end = chartStart[c + 1]!;
    let peeled = 0;
    for (let i = start; i < end; i++) {
      const touches =
        flipped[i] === 1 || [0, 1, 2].some((k) => pair[3 * i + k]! >= 0 && flipped[(pair[3 * i + k]! / 3) | 0] === 1);
      if (!touches) continue;
      part[i] = 1;
      peeled++;
    }
    if (peeled > 0 && peeled < (end - start) / 2) continue;
    halve(positions, surface, start, end, corners, part);
  }
  return part;
}

/** Splits the faces from start to end at the median of their centres along the axis of largest extent. */
function halve(
  positions: Float32Array,
  { sourceVertex }: ChartSurface,
  start: number,
  end: number,
  corners: Int32Array,
  part: Uint8Array,
): void {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  const centre = (i: number, axis: number): number =>
    positions[3 * sourceVertex[corners[3 * i]!]! + axis]! +
    positions[3 * sourceVertex[corners[3 * i + 1]!]! + axis]! +
    positions[3 * sourceVertex[corners[3 * i + 2]!]! + axis]!;
  for (let i = start; i < end; i++) {
    for (let axis = 0; axis < 3; axis++) {
      low[axis] = Math.min(low[axis]!, centre(i, axis));
      high[axis] = Math.max(high[axis]!, centre(i, axis));
    }
  }
  let longest = 0;
  for (let axis = 1; axis < 3; axis++) if (high[axis]! - low[axis]! > high[longest]! - low[longest]!) longest = axis;
  const middle = (low[longest]! + high[longest]!) / 2;
  let upper = 0;
  for (let i = start; i < end; i++) {
    part[i] = centre(i, longest) > middle ? 1 : 0;
    upper += part[i]!;
  }
  if (upper > 0 && upper < end - start) return;
  // All centres coincide: halve by number.
  for (let i = start; i < end; i++) part[i] = i < (start + end) / 2 ? 0 : 1;
}
