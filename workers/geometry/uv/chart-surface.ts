import { nextHalfEdge } from '../half-edges.ts';
import { UnionFind } from '../union-find.ts';

/**
 * Some charts of a mesh with vertices of their own: split along chart borders, and where a chart touches itself in a
 * single vertex. Every vertex has one fan of faces, so a border passes it once at most.
 */
export interface ChartSurface {
  /** Face of the whole mesh per local face. */
  faces: Int32Array;
  /** Chart per local face, 0 to chartCount - 1, ascending. */
  chart: Int32Array;
  chartCount: number;
  /** First local face of every chart, and the number of faces at the end. */
  chartStart: Int32Array;
  /** Three local vertices per local face. */
  corners: Int32Array;
  /** Vertex of the whole mesh per local vertex. */
  sourceVertex: Int32Array;
  /** Opposite local half-edge within the same chart, or -1. */
  pair: Int32Array;
}

/**
 * Cuts out the faces whose chart is not negative, sorted by chart.
 *
 * @param pair opposite half-edges of the whole mesh, -1 at borders
 * @param chart chart per face of the whole mesh, 0 to chartCount - 1, or -1 for faces to leave out
 */
export function cutCharts(indices: Uint32Array, pair: Int32Array, chart: Int32Array, chartCount: number): ChartSurface {
  const chartStart = new Int32Array(chartCount + 1);
  for (let f = 0; f < chart.length; f++) if (chart[f]! >= 0) chartStart[chart[f]! + 1]!++;
  for (let c = 0; c < chartCount; c++) chartStart[c + 1]! += chartStart[c]!;
  const count = chartStart[chartCount]!;
  const faces = new Int32Array(count);
  const localFace = new Int32Array(chart.length).fill(-1);
  const fill = chartStart.slice();
  for (let f = 0; f < chart.length; f++) {
    const c = chart[f]!;
    if (c < 0) continue;
    localFace[f] = fill[c]!;
    faces[fill[c]!++] = f;
  }

  const localChart = new Int32Array(count);
  const localPair = new Int32Array(3 * count).fill(-1);
  const groups = new UnionFind(3 * count);
  for (let i = 0; i < count; i++) {
    const f = faces[i]!;
    localChart[i] = chart[f]!;
    for (let k = 0; k < 3; k++) {
      const other = pair[3 * f + k]!;
      if (other < 0 || chart[(other / 3) | 0] !== chart[f]) continue;
      const h = 3 * i + k;
      const g = 3 * localFace[(other / 3) | 0]! + (other % 3);
      localPair[h] = g;
      if (h > g) continue;
      groups.union(h, nextHalfEdge(g));
      groups.union(nextHalfEdge(h), g);
    }
  }
  const corners = new Int32Array(3 * count);
  const sources: number[] = [];
  for (let h = 0; h < corners.length; h++) {
    const root = groups.find(h);
    if (root === h) {
      corners[h] = sources.length;
      sources.push(indices[3 * faces[(h / 3) | 0]! + (h % 3)]!);
    } else corners[h] = corners[root]!;
  }
  return {
    faces,
    chart: localChart,
    chartCount,
    chartStart,
    corners,
    sourceVertex: Int32Array.from(sources),
    pair: localPair,
  };
}
