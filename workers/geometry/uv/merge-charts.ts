import type { FaceGeometry } from './face-geometry.ts';
import { NORMAL_BINS, normalBin, shareFacingAway } from './normal-histogram.ts';

export interface MergeOptions {
  /** World units: how much normal deviation (in area) a unit length of border is worth. */
  borderWeight: number;
  /** Charts with less area are merged with `smallBorderWeight`. */
  minArea: number;
  smallBorderWeight: number;
  /** Largest share of a merged chart's area that may face away from its mean normal. */
  maxShareFacingAway: number;
  /** The same as a share of the smaller chart of the two, so that no small fold hides in a large chart. */
  maxSmallShareFacingAway: number;
}

/**
 * Merges neighbouring charts greedily while that lowers
 *   sum over charts of (area - |sum of area * normal|) + borderWeight * border length,
 * best pair first, and never across a fold: the merged chart has to face one side almost everywhere.
 * The first term is the area-weighted deviation from the chart's mean normal.
 *
 * @param chart edge-connected charts per face, numbered from 0; rewritten in place
 * @returns number of charts
 */
export function mergeCharts(
  geometry: FaceGeometry,
  pair: Int32Array,
  chart: Int32Array,
  chartCount: number,
  options: MergeOptions,
): number {
  const regions = new RegionGraph(geometry, pair, chart, chartCount);
  regions.mergeAll(options);
  return regions.relabel(chart);
}

/** A pair of regions in the queue; stale once either region has changed since. */
interface Candidate {
  cost: number;
  a: number;
  b: number;
  stampA: number;
  stampB: number;
}

class RegionGraph {
  private readonly areas: Float64Array;
  private readonly sums: Float64Array;
  private readonly bins: Float64Array;
  private readonly parent: Int32Array;
  private readonly stamps: Int32Array;
  /** Shared border length per neighbour; undefined once the region has been absorbed. */
  private readonly borders: Map<number, number>[];
  private heap: Candidate[] = [];

  constructor(geometry: FaceGeometry, pair: Int32Array, chart: Int32Array, chartCount: number) {
    const { faceCount, normals, areas, lengths } = geometry;
    this.areas = new Float64Array(chartCount);
    this.sums = new Float64Array(chartCount * 3);
    this.bins = new Float64Array(chartCount * NORMAL_BINS);
    this.parent = Int32Array.from({ length: chartCount }, (_, i) => i);
    this.stamps = new Int32Array(chartCount);
    this.borders = Array.from({ length: chartCount }, () => new Map<number, number>());
    for (let f = 0; f < faceCount; f++) {
      const c = chart[f]!;
      const area = areas[f]!;
      this.areas[c]! += area;
      for (let k = 0; k < 3; k++) this.sums[3 * c + k]! += area * normals[3 * f + k]!;
      this.bins[c * NORMAL_BINS + normalBin(normals[3 * f]!, normals[3 * f + 1]!, normals[3 * f + 2]!)]! += area;
      for (let h = 3 * f; h < 3 * f + 3; h++) {
        const other = pair[h]!;
        if (other < 0) continue;
        const d = chart[(other / 3) | 0]!;
        if (d === c) continue;
        const border = this.borders[c]!;
        border.set(d, (border.get(d) ?? 0) + lengths[h]!);
      }
    }
  }

  mergeAll(options: MergeOptions): void {
    for (let a = 0; a < this.borders.length; a++) {
      for (const b of this.borders[a]!.keys()) if (b > a) this.offer(a, b, options);
    }
    for (let top = this.pop(); top !== undefined; top = this.pop()) {
      const { a, b, stampA, stampB } = top;
      if (this.stamps[a] !== stampA || this.stamps[b] !== stampB) continue;
      if (this.wouldFold(a, b, options)) continue;
      const [keep, drop] = this.borders[a]!.size >= this.borders[b]!.size ? [a, b] : [b, a];
      this.absorb(keep, drop);
      for (const neighbour of this.borders[keep]!.keys()) this.offer(keep, neighbour, options);
    }
  }

  /** Numbers the remaining regions in the order of their first face. */
  relabel(chart: Int32Array): number {
    const numbers = new Int32Array(this.parent.length).fill(-1);
    let count = 0;
    for (let f = 0; f < chart.length; f++) {
      const root = this.find(chart[f]!);
      if (numbers[root] === -1) numbers[root] = count++;
      chart[f] = numbers[root]!;
    }
    return count;
  }

  private offer(a: number, b: number, options: MergeOptions): void {
    const isSmall = Math.min(this.areas[a]!, this.areas[b]!) < options.minArea;
    const weight = isSmall ? options.smallBorderWeight : options.borderWeight;
    const cost = this.deviationIncrease(a, b) - weight * (this.borders[a]!.get(b) ?? 0);
    if (cost >= 0) return;
    this.push({ cost, a, b, stampA: this.stamps[a]!, stampB: this.stamps[b]! });
  }

  private deviationIncrease(a: number, b: number): number {
    const s = this.sums;
    const ax = s[3 * a]!;
    const ay = s[3 * a + 1]!;
    const az = s[3 * a + 2]!;
    const bx = s[3 * b]!;
    const by = s[3 * b + 1]!;
    const bz = s[3 * b + 2]!;
    return Math.hypot(ax, ay, az) + Math.hypot(bx, by, bz) - Math.hypot(ax + bx, ay + by, az + bz);
  }

  private wouldFold(a: number, b: number, options: MergeOptions): boolean {
    const s = this.sums;
    const x = s[3 * a]! + s[3 * b]!;
    const y = s[3 * a + 1]! + s[3 * b + 1]!;
    const z = s[3 * a + 2]! + s[3 * b + 2]!;
    const length = Math.hypot(x, y, z);
    const area = this.areas[a]! + this.areas[b]!;
    if (area === 0) return false;
    if (length <= 1e-9 * area) return true;
    const awayA = shareFacingAway(this.bins, a * NORMAL_BINS, x / length, y / length, z / length);
    const awayB = shareFacingAway(this.bins, b * NORMAL_BINS, x / length, y / length, z / length);
    const [small, awaySmall] = this.areas[a]! < this.areas[b]! ? [a, awayA] : [b, awayB];
    return (
      awayA + awayB > options.maxShareFacingAway * area ||
      awaySmall > options.maxSmallShareFacingAway * this.areas[small]!
    );
  }

  private absorb(keep: number, drop: number): void {
    this.parent[drop] = keep;
    this.stamps[keep]!++;
    this.stamps[drop]!++;
    this.areas[keep]! += this.areas[drop]!;
    for (let k = 0; k < 3; k++) this.sums[3 * keep + k]! += this.sums[3 * drop + k]!;
    for (let k = 0; k < NORMAL_BINS; k++) {
      this.bins[keep * NORMAL_BINS + k]! += this.bins[drop * NORMAL_BINS + k]!;
    }
    const border = this.borders[keep]!;
    border.delete(drop);
    for (const [neighbour, length] of this.borders[drop]!) {
      if (neighbour === keep) continue;
      border.set(neighbour, (border.get(neighbour) ?? 0) + length);
      const back = this.borders[neighbour]!;
      back.set(keep, (back.get(keep) ?? 0) + length);
      back.delete(drop);
    }
    this.borders[drop]!.clear();
  }

  private find(a: number): number {
    let root = a;
    while (this.parent[root] !== root) root = this.parent[root]!;
    return root;
  }

  private push(candidate: Candidate): void {
    const heap = this.heap;
    let i = heap.length;
    heap.push(candidate);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!isBefore(candidate, heap[up]!)) break;
      heap[i] = heap[up]!;
      i = up;
    }
    heap[i] = candidate;
  }

  private pop(): Candidate | undefined {
    const heap = this.heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

/** Ties are broken by the regions' numbers, so that the order never depends on the heap's history. */
function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.cost !== b.cost) return a.cost < b.cost;
  const [aLow, aHigh] = a.a < a.b ? [a.a, a.b] : [a.b, a.a];
  const [bLow, bHigh] = b.a < b.b ? [b.a, b.b] : [b.b, b.a];
  return aLow !== bLow ? aLow < bLow : aHigh < bHigh;
}
