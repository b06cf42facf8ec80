import { splitIntoConnectedCharts } from './connected-charts.ts';

/** Charts that fill less of their bounding box are cut: frames, arcs, branches. */
const MIN_FILL = 0.4;
/** Boxes below this share of all flat area waste too little to be worth a seam. */
const MIN_BOX_SHARE = 0.02;

/**
 * Halves charts that would waste much of the atlas because they fill little of their bounding box, across the
 * longer side of the box. A part of a chart without overlap has none either.
 *
 * @param pair opposite half-edges of the mesh, -1 at borders
 * @param chart chart per face; rewritten in place
 * @param cornerUv two numbers per corner, as `orientCharts` leaves them
 * @param sizes width and height per chart
 * @returns the new number of charts; the same as before where nothing was cut
 */
export function splitSprawlingCharts(
  pair: Int32Array,
  chart: Int32Array,
  chartCount: number,
  cornerUv: Float64Array,
  sizes: Float64Array,
): number {
  const areas = new Float64Array(chartCount);
  let total = 0;
  for (let f = 0; f < chart.length; f++) {
    const o = 6 * f;
    const area =
      ((cornerUv[o + 2]! - cornerUv[o]!) * (cornerUv[o + 5]! - cornerUv[o + 1]!) -
        (cornerUv[o + 4]! - cornerUv[o]!) * (cornerUv[o + 3]! - cornerUv[o + 1]!)) /
      2;
    areas[chart[f]!]! += area;
    total += area;
  }
  const isSprawling = new Uint8Array(chartCount);
  let found = 0;
  for (let c = 0; c < chartCount; c++) {
    const box = sizes[2 * c]! * sizes[2 * c + 1]!;
    if (areas[c]! >= MIN_FILL * box || box < MIN_BOX_SHARE * total) continue;
    isSprawling[c] = 1;
    found++;
  }
  if (found === 0) return chartCount;
  for (let f = 0; f < chart.length; f++) {
    const c = chart[f]!;
    if (isSprawling[c] === 0) continue;
    const axis = sizes[2 * c]! >= sizes[2 * c + 1]! ? 0 : 1;
    const o = 6 * f + axis;
    const centre = (cornerUv[o]! + cornerUv[o + 2]! + cornerUv[o + 4]!) / 3;
    if (centre > sizes[2 * c + axis]! / 2) chart[f] = c + chartCount;
  }
  return splitIntoConnectedCharts(pair, chart);
}
