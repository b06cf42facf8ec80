import { type ChartSurface, cutCharts } from './chart-surface.ts';
import { findFlippedFaces, findSelfOverlap } from './check-charts.ts';
import { splitIntoConnectedCharts } from './connected-charts.ts';
import type { FaceGeometry } from './face-geometry.ts';
import { projectCharts } from './project-charts.ts';
import { meanNormals } from './refine-chart-borders.ts';
import { relaxCharts } from './relax-charts.ts';
import type { Segmentation } from './segment-charts.ts';
import { splitFailedCharts } from './split-failed-charts.ts';

/** Rounds in which failed charts are relaxed; later ones, small pieces by then, are only projected. */
const RELAXED_ROUNDS = 12;
/** Below this share of the mean face area a face counts as having none. */
const NEGLIGIBLE_AREA_SHARE = 1e-7;

export interface FlatCharts {
  chart: Int32Array;
  chartCount: number;
  /** Two numbers per corner of the mesh, world units, each chart in a plane of its own. */
  cornerUv: Float64Array;
  /** Charts that came from cutting failed ones. */
  addedCharts: number;
}

export interface ParametrizeOptions {
  /** False once time is short: charts are then projected, not relaxed. */
  mayRelax(): boolean;
  onProgress?(fraction: number): void;
}

/**
 * Lays every chart flat, one to one: no flipped faces, no overlap, proven for each chart. Charts for which neither
 * relaxation nor projection does that are cut and tried again.
 */
export function parametrizeCharts(
  positions: Float32Array,
  indices: Uint32Array,
  pair: Int32Array,
  geometry: FaceGeometry,
  segmentation: Segmentation,
  options: ParametrizeOptions,
): FlatCharts {
  const { faceCount, areas } = geometry;
  const negligible = (NEGLIGIBLE_AREA_SHARE * geometry.totalArea) / Math.max(1, faceCount);
  const chart = segmentation.chart.slice();
  const cornerUv = new Float64Array(indices.length * 2);
  const pending = segmentation.chart.slice();
  let pendingCount = segmentation.chartCount;
  let doneFaces = 0;
  let doneCharts = 0;
  for (let round = 0; pendingCount > 0; round++) {
    const surface = cutCharts(indices, pair, pending, pendingCount);
    const means = meanNormals(geometry, pending, pendingCount);
    const projected = projectCharts(positions, surface, means);
    const attempts =
      round < RELAXED_ROUNDS && options.mayRelax()
        ? [relaxCharts(positions, surface, projected), projected]
        : [projected];
    const failed = new Uint8Array(pendingCount).fill(1);
    const overlaps = new Map<number, readonly number[]>();
    let firstFlips: Uint8Array | undefined;
    for (const uv of attempts) {
      const flipped = findFlippedFaces(surface, uv, areas, negligible);
      for (let c = 0; c < pendingCount; c++) {
        if (failed[c] === 0) continue;
        const start = surface.chartStart[c]!;
        const end = surface.chartStart[c + 1]!;
        // A single triangle is flat already; one without an area must not be cut for ever.
        if (end - start > 1) {
          if (flipped.subarray(start, end).includes(1)) continue;
          const overlap = findSelfOverlap(surface, uv, c);
          if (overlap !== undefined) {
            if (firstFlips === undefined) overlaps.set(c, overlap);
            continue;
          }
        }
        failed[c] = 0;
        acceptChart(surface, uv, c, doneCharts++, chart, cornerUv);
        doneFaces += end - start;
      }
      // Charts are cut where the first attempt, the better one, went wrong.
      firstFlips ??= flipped;
    }
    options.onProgress?.(doneFaces / faceCount);
    if (firstFlips === undefined || doneFaces === faceCount) break;
    const part = splitFailedCharts(positions, surface, { failed, flipped: firstFlips, overlaps }, geometry);
    for (let i = 0; i < part.length; i++) pending[surface.faces[i]!] = part[i]!;
    pendingCount = splitIntoConnectedCharts(pair, pending);
  }
  return { chart, chartCount: doneCharts, cornerUv, addedCharts: doneCharts - segmentation.chartCount };
}

function acceptChart(
  { chartStart, faces, corners }: ChartSurface,
  uv: Float64Array,
  c: number,
  number: number,
  chart: Int32Array,
  cornerUv: Float64Array,
): void {
  for (let i = chartStart[c]!; i < chartStart[c + 1]!; i++) {
    const f = faces[i]!;
    chart[f] = number;
    for (let k = 0; k < 3; k++) {
      cornerUv[2 * (3 * f + k)] = uv[2 * corners[3 * i + k]!]!;
      cornerUv[2 * (3 * f + k) + 1] = uv[2 * corners[3 * i + k]! + 1]!;
    }
  }
}
