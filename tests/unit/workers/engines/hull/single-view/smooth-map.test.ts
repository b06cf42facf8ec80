import { describe, expect, test } from 'bun:test';
import { blurMap, extendMap } from '../../../../../../workers/engines/hull/single-view/smooth-map.ts';

describe('blurring a map', () => {
  test('spreads a spike evenly over a box and keeps its sum', () => {
    const map = new Float32Array(49);
    map[24] = 9;
    const blurred = blurMap(map, { width: 7, height: 7 }, 1, 1);
    expect([...blurred.subarray(15, 20)]).toEqual([0, 1, 1, 1, 0]);
    expect(blurred.reduce((a, b) => a + b, 0)).toBeCloseTo(9, 4);
  });

  test('leaves a constant map as it is, also at the border', () => {
    const blurred = blurMap(new Float32Array(15).fill(2), { width: 5, height: 3 }, 4);
    for (const value of blurred) expect(value).toBeCloseTo(2, 5);
  });

  test('with radius 0 returns a copy', () => {
    const map = Float32Array.of(1, 2, 3, 4);
    const blurred = blurMap(map, { width: 2, height: 2 }, 0);
    expect(blurred).toEqual(map);
    expect(blurred).not.toBe(map);
  });
});

describe('extending a map', () => {
  test('keeps known samples and gives the others values between them', () => {
    const map = Float32Array.of(1, 99, 99, 99, 99, 99, 5);
    const extended = extendMap(map, Uint8Array.of(1, 0, 0, 0, 0, 0, 1), { width: 7, height: 1 });
    expect(extended[0]).toBe(1);
    expect(extended[6]).toBe(5);
    for (const value of extended) {
      expect(value).toBeGreaterThanOrEqual(1);
      expect(value).toBeLessThanOrEqual(5);
    }
    expect(extended[1]).toBe(1);
    expect(extended[5]).toBe(5);
  });

  test('without known samples is zero', () => {
    expect(extendMap(new Float32Array(6).fill(3), new Uint8Array(6), { width: 3, height: 2 })).toEqual(
      new Float32Array(6),
    );
  });
});
