import type { SurfaceGraph } from './surface-graph.ts';

const RELAXATION = 1.85;
const MAX_SWEEPS = 160;
/** Largest change of a sweep, on the scale of the values, at which the solution counts as settled. */
const SETTLED = 0.05;

/**
 * Spreads values over a surface: minimises sum(confidence * (x - value)^2) + sum(strength * (x_a - x_b)^2), so
 * nodes with confidence 0 become the smooth continuation of those around them, across UV seams as well.
 * Successive over-relaxation from a breadth-first guess; nodes in a component without any confidence take the mean
 * of all values.
 * @param values three per node, on the scale 0 to 255; those with confidence 0 are not read
 * @param confidence per node, at least 0, relative to a link strength of 1
 * @returns three values per node
 */
export function diffuseOverSurface(graph: SurfaceGraph, values: Float32Array, confidence: Float32Array): Float32Array {
  const { nodeCount, offsets, neighbors, strengths } = graph;
  const x = Float32Array.from(values);
  const order = guessBreadthFirst(graph, x, confidence);
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let change = 0;
    for (let k = 0; k < nodeCount; k++) {
      // alternate directions: information runs through the whole order in one sweep
      const node = order[(sweep & 1) === 0 ? k : nodeCount - 1 - k]!;
      const own = confidence[node]!;
      let total = own;
      let r = own > 0 ? own * values[3 * node]! : 0;
      let g = own > 0 ? own * values[3 * node + 1]! : 0;
      let b = own > 0 ? own * values[3 * node + 2]! : 0;
      for (let j = offsets[node]!; j < offsets[node + 1]!; j++) {
        const w = strengths[j]!;
        const other = 3 * neighbors[j]!;
        total += w;
        r += w * x[other]!;
        g += w * x[other + 1]!;
        b += w * x[other + 2]!;
      }
      if (total === 0) continue;
      const dr = RELAXATION * (r / total - x[3 * node]!);
      const dg = RELAXATION * (g / total - x[3 * node + 1]!);
      const db = RELAXATION * (b / total - x[3 * node + 2]!);
      x[3 * node]! += dr;
      x[3 * node + 1]! += dg;
      x[3 * node + 2]! += db;
      change = Math.max(change, Math.abs(dr), Math.abs(dg), Math.abs(db));
    }
    if (change < SETTLED) break;
  }
  for (let i = 0; i < x.length; i++) x[i] = Math.min(255, Math.max(0, x[i]!));
  return x;
}

/** Gives every node without confidence the mean of its neighbours that came before it; returns the order. */
function guessBreadthFirst(graph: SurfaceGraph, x: Float32Array, confidence: Float32Array): Uint32Array {
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
  return order;
}
