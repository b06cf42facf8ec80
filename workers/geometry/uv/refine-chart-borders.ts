import type { FaceGeometry } from './face-geometry.ts';

const SWEEPS = 6;

/**
 * Moves single faces along chart borders to the neighbouring chart where that lowers
 * area * (1 - normal . mean normal of the chart) + borderWeight * border length.
 * Straightens ragged borders; mean normals are those at the start. May disconnect charts.
 *
 * @param chart chart per face; rewritten in place
 */
export function refineChartBorders(
  geometry: FaceGeometry,
  pair: Int32Array,
  chart: Int32Array,
  chartCount: number,
  borderWeight: number,
): void {
  const { faceCount, normals, areas, lengths } = geometry;
  const means = meanNormals(geometry, chart, chartCount);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let changes = 0;
    for (let f = 0; f < faceCount; f++) {
      const own = chart[f]!;
      let bestCost = Infinity;
      let best = own;
      for (let k = -1; k < 3; k++) {
        const other = k < 0 ? -1 : pair[3 * f + k]!;
        if (k >= 0 && (other < 0 || chart[(other / 3) | 0] === own)) continue;
        const candidate = k < 0 ? own : chart[(other / 3) | 0]!;
        const dot =
          normals[3 * f]! * means[3 * candidate]! +
          normals[3 * f + 1]! * means[3 * candidate + 1]! +
          normals[3 * f + 2]! * means[3 * candidate + 2]!;
        let cost = areas[f]! * (1 - dot);
        for (let h = 3 * f; h < 3 * f + 3; h++) {
          const across = pair[h]!;
          if (across >= 0 && chart[(across / 3) | 0] !== candidate) cost += borderWeight * lengths[h]!;
        }
        // The face's own chart comes first and wins ties.
        if (cost < bestCost - 1e-15) {
          bestCost = cost;
          best = candidate;
        }
      }
      if (best === own) continue;
      chart[f] = best;
      changes++;
    }
    if (changes === 0) break;
  }
}

/** Unit area-weighted mean normal per chart, xyz; zero where the normals cancel. Faces of negative charts are left out. */
export function meanNormals(geometry: FaceGeometry, chart: Int32Array, chartCount: number): Float64Array {
  const { faceCount, normals, areas } = geometry;
  const means = new Float64Array(chartCount * 3);
  for (let f = 0; f < faceCount; f++) {
    const c = chart[f]!;
    if (c < 0) continue;
    for (let k = 0; k < 3; k++) means[3 * c + k]! += areas[f]! * normals[3 * f + k]!;
  }
  for (let c = 0; c < chartCount; c++) {
    const length = Math.hypot(means[3 * c]!, means[3 * c + 1]!, means[3 * c + 2]!);
    const scale = length > 0 ? 1 / length : 0;
    for (let k = 0; k < 3; k++) means[3 * c + k]! *= scale;
  }
  return means;
}
