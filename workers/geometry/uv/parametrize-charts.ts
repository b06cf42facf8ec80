import { type ChartSurface, cutCharts } from './chart-surface.ts';
import { findFlippedFaces, isChartInjective } from './check-charts.ts';
import { splitIntoConnectedCharts } from './connected-charts.ts';
import type { FaceGeometry } from './face-geometry.ts';
import { projectCharts } from './project-charts.ts';
import { meanNormals } from './refine-chart-borders.ts';
import { relaxCharts } from './relax-charts.ts';
import type { Segmentation } from './segment-charts.ts';
import { splitFailedCharts } from './split-failed-charts.ts';

/** Rounds in which failed charts are relaxed; later ones, small pieces by then, are only projected. */
const RELAXED_ROUNDS = 6;
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
    let flipped: Uint8Array | undefined;
    for (const uv of attempts) {
      const bad = findFlippedFaces(surface, uv, areas, negligible);
      flipped ??= bad;
      for (let c = 0; c < pendingCount; c++) {
        if (failed[c] === 0) continue;
        const start = surface.chartStart[c]!;
        const end = surface.chartStart[c + 1]!;
        // A single triangle is flat already; one without an area must not be cut for ever.
        if (end - start > 1 && (hasAny(bad, start, end) || !isChartInjective(surface, uv, c))) continue;
        failed[c] = 0;
        acceptChart(surface, uv, c, doneCharts++, chart, cornerUv, pending);
        doneFaces += end - start;
      }
    }
    options.onProgress?.(doneFaces / faceCount);
    const part = splitFailedCharts(positions, surface, failed, flipped ?? new Uint8Array(0));
    for (let i = 0; i < surface.faces.length; i++) {
      if (failed[surface.chart[i]!] === 1) pending[surface.faces[i]!] = 2 * surface.chart[i]! + part[i]!;
    }
    pendingCount = splitIntoConnectedCharts(pair, pending);
  }
  return { chart, chartCount: doneCharts, cornerUv, addedCharts: doneCharts - segmentation.chartCount };
}

function hasAny(marks: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (marks[i] === 1) return true;
  return false;
}

function acceptChart(
  { chartStart, faces, corners }: ChartSurface,
  uv: Float64Array,
  c: number,
  number: number,
  chart: Int32Array,
  cornerUv: Float64Array,
  pending: Int32Array,
): void {
  for (let i = chartStart[c]!; i < chartStart[c + 1]!; i++) {
    const f = faces[i]!;
    chart[f] = number;
    pending[f] = -1;
    for (let k = 0; k < 3; k++) {
      cornerUv[2 * (3 * f + k)] = uv[2 * corners[3 * i + k]!]!;
      cornerUv[2 * (3 * f + k) + 1] = uv[2 * corners[3 * i + k]! + 1]!;
    }
  }
}
