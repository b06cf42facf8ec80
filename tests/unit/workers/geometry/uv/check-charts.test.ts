import { describe, expect, test } from 'bun:test';
import { cutCharts } from '../../../../../workers/geometry/uv/chart-surface.ts';
import { findFlippedFaces, findSelfOverlap } from '../../../../../workers/geometry/uv/check-charts.ts';

/** One chart of all faces, its half-edges paired by brute force. */
function singleChart(indices: number[]) {
  const pair = Int32Array.from(indices, (from, h) => {
    const to = indices[h % 3 === 2 ? h - 2 : h + 1]!;
    return indices.findIndex((v, g) => v === to && indices[g % 3 === 2 ? g - 2 : g + 1] === from);
  });
  return cutCharts(Uint32Array.from(indices), pair, new Int32Array(indices.length / 3), 1);
}

/** A strip of quads that follows a centre line, from its inner and outer points. */
function strip(inner: [number, number][], outer: [number, number][], isClosed = false) {
  const indices: number[] = [];
  const n = inner.length;
  for (let i = 0; i < (isClosed ? n : n - 1); i++) {
    const next = (i + 1) % n;
    indices.push(2 * i, 2 * i + 1, 2 * next + 1, 2 * i, 2 * next + 1, 2 * next);
  }
  const surface = singleChart(indices);
  const uv = new Float64Array(surface.sourceVertex.length * 2);
  surface.sourceVertex.forEach((v, i) => {
    uv.set((v % 2 === 0 ? inner : outer)[v >> 1]!, 2 * i);
  });
  return { surface, uv };
}

const onCircle = (radius: number, turns: number): [number, number] => [
  radius * Math.cos(2 * Math.PI * turns),
  radius * Math.sin(2 * Math.PI * turns),
];

describe('findSelfOverlap', () => {
  test('accepts three quarters of a ring', () => {
    const steps = Array.from({ length: 10 }, (_, i) => (i / 9) * 0.75);
    const { surface, uv } = strip(
      steps.map((t) => onCircle(1, t)),
      steps.map((t) => onCircle(2, t)),
    );
    expect(findSelfOverlap(surface, uv, 0)).toBeUndefined();
  });

  test('finds where a strip overlaps that goes round more than once, although no face is flipped', () => {
    const steps = Array.from({ length: 16 }, (_, i) => (i / 15) * 1.2);
    const { surface, uv } = strip(
      steps.map((t) => onCircle(1, t)),
      steps.map((t) => onCircle(2, t)),
    );
    expect(findFlippedFaces(surface, uv, new Float64Array(30).fill(0.5), 0).includes(1)).toBe(false);
    const [a, b] = findSelfOverlap(surface, uv, 0) ?? [];
    // Two faces of a quad each: the crossing ones are a whole turn apart.
    expect(Math.abs(a! - b!)).toBeGreaterThanOrEqual(22);
  });

  test('accepts a closed ring, whose hole runs the other way round', () => {
    const steps = Array.from({ length: 12 }, (_, i) => i / 12);
    const { surface, uv } = strip(
      steps.map((t) => onCircle(1, t)),
      steps.map((t) => onCircle(2, t)),
      true,
    );
    expect(findSelfOverlap(surface, uv, 0)).toBeUndefined();
  });

  test('refuses a chart without a border, in no place in particular', () => {
    const surface = singleChart([0, 2, 1, 0, 1, 3, 1, 2, 3, 0, 3, 2]);
    expect(findSelfOverlap(surface, new Float64Array([0, 0, 1, 0, 0, 1, 0.3, 0.3]), 0)).toEqual([]);
  });
});

describe('findFlippedFaces', () => {
  const square = singleChart([0, 1, 2, 0, 2, 3]);
  const areas = new Float64Array([0.5, 0.5]);

  test('finds nothing in a flat square', () => {
    expect([...findFlippedFaces(square, new Float64Array([0, 0, 1, 0, 1, 1, 0, 1]), areas, 0)]).toEqual([0, 0]);
  });

  test('finds faces that are mirrored, squashed or not a number', () => {
    const withLast = (u: number, v: number) => {
      const uv = new Float64Array(8);
      square.sourceVertex.forEach((s, i) => {
        uv.set(
          [
            [0, 0],
            [1, 0],
            [1, 1],
            [u, v],
          ][s]!,
          2 * i,
        );
      });
      return [...findFlippedFaces(square, uv, areas, 0)];
    };
    expect(withLast(0.9, 0.1)).toEqual([0, 1]);
    expect(withLast(0.499, 0.501)).toEqual([0, 1]);
    expect(withLast(Number.NaN, 1)).toEqual([0, 1]);
    expect(withLast(0.1, 0.9)).toEqual([0, 0]);
  });

  test('exempts faces without an area on the surface', () => {
    const uv = new Float64Array([0, 0, 1, 0, 1, 1, 1, 0]);
    expect([...findFlippedFaces(square, uv, new Float64Array([0.5, 1e-9]), 1e-8)]).toEqual([0, 0]);
  });
});
