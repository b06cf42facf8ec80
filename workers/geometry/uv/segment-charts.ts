import { splitIntoConnectedCharts } from './connected-charts.ts';
import type { FaceGeometry } from './face-geometry.ts';
import { labelFaces } from './label-faces.ts';
import { type MergeOptions, mergeCharts } from './merge-charts.ts';
import { refineChartBorders } from './refine-chart-borders.ts';

/** Charts as a number per face, 0 to count - 1; every chart is edge-connected. */
export interface Segmentation {
  chart: Int32Array;
  chartCount: number;
}

// As shares of the square root of the whole area. A larger border weight gives fewer, more bent charts: a limb of
// radius r is cut into four strips where r is above the weight, into two halves below.
const BORDER_WEIGHT = 0.015;
const SMALL_BORDER_WEIGHT = 0.08;
/** Charts below this share of the whole area are merged more readily: about 32 x 32 texels of a 1024 atlas. */
const MIN_AREA_SHARE = 0.0015;
const MAX_SHARE_FACING_AWAY = 0.004;

/**
 * Cuts a surface into charts that nearly face one direction each, with few, short and straight seams.
 *
 * 1. Label faces by the axis they face. 2. Take the connected parts and merge those that are better off as one,
 * which joins what the axes cut apart needlessly (a flat side at 45 degrees, thin limbs, bumps). 3. Straighten the
 * borders against the charts' own mean normals. 4. Merge what straightening cut off.
 *
 * @param pair opposite half-edges, -1 at borders
 */
export function segmentCharts(geometry: FaceGeometry, pair: Int32Array): Segmentation {
  const scale = Math.sqrt(geometry.totalArea);
  const borderWeight = BORDER_WEIGHT * scale;
  const options: MergeOptions = {
    borderWeight,
    minArea: MIN_AREA_SHARE * geometry.totalArea,
    smallBorderWeight: SMALL_BORDER_WEIGHT * scale,
    maxShareFacingAway: MAX_SHARE_FACING_AWAY,
  };
  const chart = labelFaces(geometry, pair, borderWeight);
  let chartCount = splitIntoConnectedCharts(pair, chart);
  for (let round = 0; round < 2; round++) {
    chartCount = mergeCharts(geometry, pair, chart, chartCount, options);
    refineChartBorders(geometry, pair, chart, chartCount, borderWeight);
    chartCount = splitIntoConnectedCharts(pair, chart);
  }
  chartCount = mergeCharts(geometry, pair, chart, chartCount, options);
  return { chart, chartCount };
}
