import { expect, test } from 'bun:test';
import {
  findNearestFeature2d,
  NO_FEATURE,
  transformSquaredDistance2d,
  transformSquaredDistance3d,
} from '../../../../workers/geometry/distance-transform.ts';

/** Deterministic scattered numbers in 0..1. */
function createSequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('squared distances in the plane equal those of brute force', () => {
  const next = createSequence(7);
  const [width, height] = [23, 17];
  const values = Float32Array.from({ length: width * height }, () => (next() < 0.03 ? 0 : NO_FEATURE));
  const features = [...values.keys()].filter((i) => values[i] === 0);
  const expected = [...values.keys()].map((i) =>
    Math.min(
      ...features.map((f) => ((f % width) - (i % width)) ** 2 + (Math.floor(f / width) - Math.floor(i / width)) ** 2),
    ),
  );
  transformSquaredDistance2d(values, width, height);
  expect(features.length).toBeGreaterThan(3);
  expect([...values]).toEqual(expected);
});

test('squared distances in space equal those of brute force', () => {
  const next = createSequence(11);
  const dims = [9, 7, 8] as const;
  const at = (i: number) => [i % 9, Math.floor(i / 9) % 7, Math.floor(i / 63)] as const;
  const values = Float32Array.from({ length: 9 * 7 * 8 }, () => (next() < 0.02 ? 0 : NO_FEATURE));
  const features = [...values.keys()].filter((i) => values[i] === 0).map(at);
  const expected = [...values.keys()].map((i) => {
    const p = at(i);
    return Math.min(...features.map((f) => (f[0] - p[0]) ** 2 + (f[1] - p[1]) ** 2 + (f[2] - p[2]) ** 2));
  });
  transformSquaredDistance3d(values, dims);
  expect(features.length).toBeGreaterThan(3);
  expect([...values]).toEqual(expected);
});

test('samples that are no plain features add their own height', () => {
  const values = Float32Array.from([4, NO_FEATURE, NO_FEATURE, NO_FEATURE, 1]);
  transformSquaredDistance2d(values, 5, 1);
  expect([...values]).toEqual([4, 5, 5, 2, 1]);
});

test('a picture without features stays without distances', () => {
  const values = new Float32Array(12).fill(NO_FEATURE);
  transformSquaredDistance2d(values, 4, 3);
  expect(values.every((v) => v === Math.fround(NO_FEATURE))).toBe(true);
  expect(findNearestFeature2d(new Uint8Array(12), 4, 3).every((i) => i === -1)).toBe(true);
});

test('the nearest feature is one at the smallest distance', () => {
  const next = createSequence(3);
  const [width, height] = [19, 21];
  const isFeature = Uint8Array.from({ length: width * height }, () => (next() < 0.04 ? 1 : 0));
  const squared = Float32Array.from(isFeature, (f) => (f ? 0 : NO_FEATURE));
  transformSquaredDistance2d(squared, width, height);
  const nearest = findNearestFeature2d(isFeature, width, height);
  for (let i = 0; i < nearest.length; i++) {
    const f = nearest[i]!;
    expect(isFeature[f]).toBe(1);
    const dx = (f % width) - (i % width);
    const dy = Math.floor(f / width) - Math.floor(i / width);
    expect(dx * dx + dy * dy).toBe(squared[i]!);
  }
});
