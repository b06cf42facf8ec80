import type { SurfaceGraph } from './surface-graph.ts';

const MAX_ITERATIONS = 300;
/** Residual, relative to that of the first guess, at which the solution counts as settled. */
const SETTLED = 1e-3;

/**
 * Spreads values over a surface: minimises sum(confidence * (x - value)^2) + sum(strength * (x_a - x_b)^2), so
 * nodes with confidence 0 become the smooth continuation of those around them, across UV seams as well.
 * Conjugate gradients from a breadth-first guess, the three channels side by side; nodes in a component without any
 * confidence take the mean of all values. (Over-relaxation left errors of 30 levels on large unseen sides after as
 * many sweeps.)
 * @param values three per node, on the scale 0 to 255; those with confidence 0 are not read
 * @param confidence per node, at least 0, relative to a link strength of 1
 * @returns three values per node
 */
export function diffuseOverSurface(graph: SurfaceGraph, values: Float32Array, confidence: Float32Array): Float32Array {
  const { nodeCount, offsets, strengths } = graph;
  const x = Float32Array.from(values);
  guessBreadthFirst(graph, x, confidence);
  const inverseDiagonal = new Float64Array(nodeCount);
  for (let n = 0; n < nodeCount; n++) {
    let sum = confidence[n]!;
    for (let k = offsets[n]!; k < offsets[n + 1]!; k++) sum += strengths[k]!;
    inverseDiagonal[n] = sum > 0 ? 1 / sum : 0;
  }

  const length = 3 * nodeCount;
  const direction = new Float32Array(length);
  const product = new Float32Array(length);
  const residual = new Float32Array(length);
  applySystem(graph, confidence, x, product);
  for (let i = 0; i < length; i++) {
    const own = confidence[(i / 3) | 0]!;
    residual[i] = (own > 0 ? own * values[i]! : 0) - product[i]!;
    direction[i] = residual[i]! * inverseDiagonal[(i / 3) | 0]!;
  }
  const energy = [0, 1, 2].map((channel) => preconditionedNorm(residual, inverseDiagonal, channel));
  const goals = energy.map((e) => e * SETTLED * SETTLED);
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    if (energy.every((e, channel) => e <= goals[channel]!)) break;
    applySystem(graph, confidence, direction, product);
    for (let channel = 0; channel < 3; channel++) {
      if (energy[channel]! <= goals[channel]!) continue;
      let curvature = 0;
      for (let i = channel; i < length; i += 3) curvature += direction[i]! * product[i]!;
      if (!(curvature > 0)) {
        energy[channel] = 0;
        continue;
      }
      const step = energy[channel]! / curvature;
      for (let i = channel; i < length; i += 3) {
        x[i]! += step * direction[i]!;
        residual[i]! -= step * product[i]!;
      }
      const next = preconditionedNorm(residual, inverseDiagonal, channel);
      const keep = next / energy[channel]!;
      energy[channel] = next;
      for (let i = channel, n = 0; i < length; i += 3, n++) {
        direction[i] = residual[i]! * inverseDiagonal[n]! + keep * direction[i]!;
      }
    }
  }
  for (let i = 0; i < length; i++) x[i] = Math.min(255, Math.max(0, x[i]!));
  return x;
}

/** `out = (confidence + Laplacian) x`, three channels per node. */
function applySystem(graph: SurfaceGraph, confidence: Float32Array, x: Float32Array, out: Float32Array): void {
  const { nodeCount, offsets, neighbors, strengths } = graph;
  for (let n = 0; n < nodeCount; n++) {
    let total = confidence[n]!;
    let r = 0;
    let g = 0;
    let b = 0;
    const end = offsets[n + 1]!;
    for (let k = offsets[n]!; k < end; k++) {
      const w = strengths[k]!;
      const other = 3 * neighbors[k]!;
      total += w;
      r += w * x[other]!;
      g += w * x[other + 1]!;
      b += w * x[other + 2]!;
    }
    out[3 * n] = total * x[3 * n]! - r;
    out[3 * n + 1] = total * x[3 * n + 1]! - g;
    out[3 * n + 2] = total * x[3 * n + 2]! - b;
  }
}

function preconditionedNorm(residual: Float32Array, inverseDiagonal: Float64Array, channel: number): number {
  let sum = 0;
  for (let i = channel, n = 0; i < residual.length; i += 3, n++)
    sum += residual[i]! * residual[i]! * inverseDiagonal[n]!;
  return sum;
}

/** Gives every node without confidence the mean of its neighbours that were reached before it. */
function guessBreadthFirst(graph: SurfaceGraph, x: Float32Array, confidence: Float32Array): void {
  const { nodeCount, offsets, neighbors } = graph;
  const order = new Uint32Array(nodeCount);
  const rank = new Int32Array(nodeCount).fill(-1);
  const mean = [0, 0, 0];
  let total = 0;
  let count = 0;
  for (let n = 0; n < nodeCount; n++) {
    const w = confidence[n]!;
    if (!(w > 0)) continue;
    rank[n] = count;
    order[count++] = n;
    total += w;
    for (let k = 0; k < 3; k++) mean[k]! += w * x[3 * n + k]!;
  }
  for (let k = 0; k < 3; k++) mean[k] = total > 0 ? mean[k]! / total : 128;

  let next = 0;
  for (let start = 0; start <= nodeCount; ) {
    for (; next < count; next++) {
      const node = order[next]!;
      for (let j = offsets[node]!; j < offsets[node + 1]!; j++) {
        const other = neighbors[j]!;
        if (rank[other]! >= 0) continue;
        let known = 0;
        const sum = [0, 0, 0];
        for (let i = offsets[other]!; i < offsets[other + 1]!; i++) {
          const from = neighbors[i]!;
          if (rank[from]! < 0) continue;
          known++;
          for (let k = 0; k < 3; k++) sum[k]! += x[3 * from + k]!;
        }
        for (let k = 0; k < 3; k++) x[3 * other + k] = sum[k]! / known;
        rank[other] = count;
        order[count++] = other;
      }
    }
    // a component that nothing reaches starts from the mean of all
    while (start < nodeCount && rank[start]! >= 0) start++;
    if (start >= nodeCount) break;
    for (let k = 0; k < 3; k++) x[3 * start + k] = mean[k]!;
    rank[start] = count;
    order[count++] = start;
  }
}
