import type { FaceGeometry } from './face-geometry.ts';

/**
 * The six axis directions; the index is the label. The first four are those of the pictures, whose charts then are
 * upright, undistorted copies of what the cameras see and whose borders lie where two pictures see a face equally well.
 */
export const AXIS_DIRECTIONS: readonly (readonly [number, number, number])[] = [
  [0, 0, 1],
  [0, 0, -1],
  [1, 0, 0],
  [-1, 0, 0],
  [0, 1, 0],
  [0, -1, 0],
];
/** Breaks ties between axes in favour of the pictures most likely given. */
const AXIS_BIAS: readonly number[] = [0.02, 0.02, 0.01, 0.01, 0, 0];
/** Rounds of averaging with neighbours before labelling, so that bumps do not become charts. */
const SMOOTHING_ROUNDS = 4;
const RELABEL_SWEEPS = 8;
/** Faces turned further away than this from their axis (cosine) would fold over when laid flat. */
const FOLD_COSINE = -0.2;

/**
 * Gives every face the axis direction that it faces, with short borders between labels.
 * Minimises area * (1 - normal . direction) + borderWeight * border length by iterated conditional modes.
 *
 * @param pair opposite half-edges, -1 at borders
 * @param borderWeight world units
 * @param foldWeight what a face costs whose label sees it from behind, in borders around the face; above 1 it
 *   rather stands alone
 * @returns one of six labels per face
 */
export function labelFaces(
  geometry: FaceGeometry,
  pair: Int32Array,
  borderWeight: number,
  foldWeight: number,
): Int32Array {
  const { faceCount, areas, lengths } = geometry;
  const normals = smoothNormals(geometry, pair);
  const labels = new Int32Array(faceCount);
  for (let f = 0; f < faceCount; f++) labels[f] = nearestAxis(normals, f);
  for (let sweep = 0; sweep < RELABEL_SWEEPS; sweep++) {
    let changes = 0;
    for (let f = 0; f < faceCount; f++) {
      const own = labels[f]!;
      // A face that its label sees from behind has to leave, with neighbours or on its own.
      const foldCost = foldWeight * borderWeight * (lengths[3 * f]! + lengths[3 * f + 1]! + lengths[3 * f + 2]!);
      let best = own;
      let bestCost = Infinity;
      for (let k = -1; k < 4; k++) {
        // The face keeps its label on equal cost because its own comes first.
        let candidate = own;
        if (k === 3) candidate = nearestAxis(geometry.normals, f);
        else if (k >= 0 && pair[3 * f + k]! >= 0) candidate = labels[(pair[3 * f + k]! / 3) | 0]!;
        if (k >= 0 && candidate === own) continue;
        let cost = areas[f]! * (1 - axisDot(normals, f, candidate) - AXIS_BIAS[candidate]!);
        if (axisDot(geometry.normals, f, candidate) < FOLD_COSINE) cost += foldCost;
        for (let e = 0; e < 3; e++) {
          const other = pair[3 * f + e]!;
          if (other >= 0 && labels[(other / 3) | 0] !== candidate) cost += borderWeight * lengths[3 * f + e]!;
        }
        if (cost < bestCost - 1e-15) {
          bestCost = cost;
          best = candidate;
        }
      }
      if (best !== own) {
        labels[f] = best;
        changes++;
      }
    }
    if (changes === 0) break;
  }
  return labels;
}

function nearestAxis(normals: Float64Array, f: number): number {
  let best = 0;
  let bestScore = -Infinity;
  for (let l = 0; l < 6; l++) {
    const score = axisDot(normals, f, l) + AXIS_BIAS[l]!;
    if (score > bestScore) {
      bestScore = score;
      best = l;
    }
  }
  return best;
}

function axisDot(normals: Float64Array, f: number, label: number): number {
  const value = normals[3 * f + (label < 2 ? 2 : label < 4 ? 0 : 1)]!;
  return (label & 1) === 0 ? value : -value;
}

function smoothNormals({ faceCount, normals, areas }: FaceGeometry, pair: Int32Array): Float64Array {
  let current = new Float64Array(normals);
  let target = new Float64Array(normals.length);
  for (let round = 0; round < SMOOTHING_ROUNDS; round++) {
    for (let f = 0; f < faceCount; f++) {
      let x = areas[f]! * current[3 * f]!;
      let y = areas[f]! * current[3 * f + 1]!;
      let z = areas[f]! * current[3 * f + 2]!;
      for (let e = 0; e < 3; e++) {
        const other = pair[3 * f + e]!;
        if (other < 0) continue;
        const g = (other / 3) | 0;
        x += areas[g]! * current[3 * g]!;
        y += areas[g]! * current[3 * g + 1]!;
        z += areas[g]! * current[3 * g + 2]!;
      }
      const length = Math.sqrt(x * x + y * y + z * z);
      const scale = length > 0 ? 1 / length : 0;
      target[3 * f] = x * scale;
      target[3 * f + 1] = y * scale;
      target[3 * f + 2] = z * scale;
    }
    [current, target] = [target, current];
  }
  return current;
}
