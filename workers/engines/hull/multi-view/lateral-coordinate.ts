import { inflateBallsSquared } from '../../../geometry/inflate-balls.ts';
import type { SilhouetteMap } from '../silhouette-map.ts';

/** What a silhouette tells of the shape across it; indexed as its map. */
export interface LateralCoordinate {
  /** Distance, along the row, to the nearer end of the covered run, in world units; 0 outside. */
  runEdge: Float32Array;
  /** Half the length of the covered run, in world units; 0 outside. */
  runHalf: Float32Array;
  /** Squared share, 0 on the row's thickest part and 1 on the outline, of the inflated silhouette. */
  thinness: Float32Array;
  /** Inflated height of the row's thickest part, in world units. */
  rowHeight: Float32Array;
}

/** Measures runs and thickness of every row of a silhouette. */
export function measureLateralCoordinate(map: SilhouetteMap, spacing: number): LateralCoordinate {
  const { width, height, distances } = map;
  const inSamples = distances.map((d) => d / spacing);
  const squared = inflateBallsSquared(inSamples, width, height);
  const thinness = new Float32Array(squared.length).fill(1);
  const rowHeight = new Float32Array(height);
  const runEdge = new Float32Array(squared.length);
  const runHalf = new Float32Array(squared.length);
  for (let j = 0; j < height; j++) {
    const row = j * width;
    let highest = 0;
    for (let i = 0; i < width; i++) highest = Math.max(highest, squared[row + i]!);
    rowHeight[j] = Math.sqrt(highest) * spacing;
    if (highest > 0) {
      for (let i = 0; i < width; i++) thinness[row + i] = 1 - squared[row + i]! / highest;
    }
    measureRuns(distances, row, width, spacing, runEdge, runHalf);
  }
  return { runEdge, runHalf, thinness, rowHeight };
}

/** Runs of positive distance in one row, their ends interpolated between samples. */
function measureRuns(
  distances: Float32Array,
  row: number,
  width: number,
  spacing: number,
  runEdge: Float32Array,
  runHalf: Float32Array,
): void {
  for (let i = 0; i < width; i++) {
    if (distances[row + i]! <= 0) continue;
    let end = i;
    while (end < width && distances[row + end]! > 0) end++;
    const start = i > 0 ? i - 1 + crossing(distances[row + i - 1]!, distances[row + i]!) : 0;
    const stop = end < width ? end - 1 + crossing(distances[row + end - 1]!, distances[row + end]!) : width - 1;
    for (let k = i; k < end; k++) {
      runEdge[row + k] = spacing * Math.min(k - start, stop - k);
      runHalf[row + k] = (spacing * (stop - start)) / 2;
    }
    i = end;
  }
}

/** Where between two samples of unlike sign the value is 0. */
function crossing(from: number, to: number): number {
  return from / (from - to);
}
