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

/** How much of a chart may fold; the stricter, the more charts. */
const FOLDS = {
  /** Relaxing unfolds the little that is left. */
  few: { foldWeight: 1.5, maxShareFacingAway: 0.004, maxSmallShareFacingAway: 0.2 },
  /** For what relaxing could not unfold. */
  none: { foldWeight: 10, maxShareFacingAway: 0, maxSmallShareFacingAway: 0 },
};

/**
 * Cuts a surface into charts that nearly face one direction each, with few, short and straight seams.
 *
 * 1. Label faces by the axis they face. 2. Take the connected parts and merge those that are better off as one,
 * which joins what the axes cut apart needlessly (a flat side at 45 degrees, thin limbs, bumps). 3. Straighten the
 * borders against the charts' own mean normals. 4. Merge what straightening cut off.
 *
 * @param pair opposite half-edges, -1 at borders
 * @param wholeArea area of the whole model, which sets what counts as small; faces may be a part of it
 */
export function segmentCharts(
  geometry: FaceGeometry,
  pair: Int32Array,
  wholeArea: number,
  folds: keyof typeof FOLDS,
): Segmentation {
  const scale = Math.sqrt(wholeArea);
  const borderWeight = BORDER_WEIGHT * scale;
  const { foldWeight, ...limits } = FOLDS[folds];
  const options: MergeOptions = {
    borderWeight,
    minArea: MIN_AREA_SHARE * wholeArea,
    smallBorderWeight: SMALL_BORDER_WEIGHT * scale,
    ...limits,
  };
  const chart = labelFaces(geometry, pair, borderWeight, foldWeight);
  let chartCount = splitIntoConnectedCharts(pair, chart);
  if (folds === 'few') {
    for (let round = 0; round < 2; round++) {
      chartCount = mergeCharts(geometry, pair, chart, chartCount, options);
      refineChartBorders(geometry, pair, chart, chartCount, borderWeight);
      chartCount = splitIntoConnectedCharts(pair, chart);
    }
  }
  chartCount = mergeCharts(geometry, pair, chart, chartCount, options);
  return { chart, chartCount };
}
