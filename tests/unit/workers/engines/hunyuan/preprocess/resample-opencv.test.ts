import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { resizeArea, resizeCubic } from '../../../../../../workers/engines/hunyuan/preprocess/resample-opencv.ts';
import {
  areaTaps,
  cubicTaps,
  enlargingAreaTaps,
  linearTaps,
} from '../../../../../../workers/engines/hunyuan/preprocess/resample-taps.ts';

const row = (...data: number[]) => ({ width: data.length, height: 1, channels: 1, data: Uint8Array.from(data) });

describe('resampling kernels', () => {
  test('give every result sample weights that add up to 1, from inside the source', () => {
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(size, size, fc.constantFrom(areaTaps, enlargingAreaTaps, cubicTaps, linearTaps), (n, m, taps) => {
        fc.pre(taps !== areaTaps || m <= n);
        fc.pre(taps !== enlargingAreaTaps || m >= n);
        const { first, source, weight } = taps(n, m);
        expect(first.length).toBe(m + 1);
        expect(source.every((index) => index < n)).toBe(true);
        for (let d = 0; d < m; d++) {
          const sum = weight.subarray(first[d]!, first[d + 1]!).reduce((a, b) => a + b, 0);
          // The averaging kernel drops slivers below a thousandth of a sample on either side.
          expect(Math.abs(sum - 1)).toBeLessThan(2.1e-3);
        }
      }),
      { seed: 1 },
    );
  });

  test('are the identity between equal sizes', () => {
    const source = row(3, 250, 0, 77, 128);
    expect([...resizeArea(source, 5, 1).data]).toEqual([...source.data]);
    expect([...resizeCubic(source, 5, 1).data]).toEqual([...source.data]);
  });
});

describe('resizeArea', () => {
  test('averages whole samples where the sizes divide', () => {
    expect([...resizeArea(row(0, 10, 20, 40, 200, 250), 3, 1).data]).toEqual([5, 30, 225]);
  });

  test('weighs samples by how much of them is covered', () => {
    // Three samples to two: (a + b / 2) / 1.5 and (b / 2 + c) / 1.5.
    expect([...resizeArea(row(30, 60, 120), 2, 1).data]).toEqual([40, 100]);
  });

  test('repeats samples where it enlarges by a whole factor', () => {
    expect([...resizeArea(row(7, 200), 6, 1).data]).toEqual([7, 7, 7, 200, 200, 200]);
  });

  test('enlarges both axes where only one grows', () => {
    const source = { width: 2, height: 4, channels: 1, data: Uint8Array.from([0, 9, 40, 9, 100, 9, 150, 9]) };
    // Averaging the four rows would give 72.5 on the left; blending the first two, a quarter and three quarters, 30.
    expect([...resizeArea(source, 4, 1).data]).toEqual([30, 30, 9, 9]);
  });

  test('treats channels alike', () => {
    const source = { width: 2, height: 1, channels: 3, data: Uint8Array.from([10, 0, 255, 30, 100, 255]) };
    expect([...resizeArea(source, 1, 1).data]).toEqual([20, 50, 255]);
  });
});

describe('resizeCubic', () => {
  test('reproduces a ramp away from the border', () => {
    const source = row(...Array.from({ length: 16 }, (_, i) => 16 * i));
    const { data } = resizeCubic(source, 32, 1);
    for (let d = 4; d < 28; d++) expect(Math.abs(data[d]! - 16 * ((d + 0.5) / 2 - 0.5))).toBeLessThan(1.01);
  });

  test('overshoots beside an edge, and clamps', () => {
    const { data } = resizeCubic(row(50, 50, 50, 50, 200, 200, 200, 200), 16, 1);
    expect(Math.min(...data)).toBeLessThan(50);
    expect(Math.max(...data)).toBeGreaterThan(200);
    expect([...resizeCubic(row(0, 0, 0, 0, 255, 255, 255, 255), 16, 1).data].every((v) => v >= 0 && v <= 255)).toBe(
      true,
    );
  });

  test('skips samples when it reduces: there is no antialiasing', () => {
    const source = row(...Array.from({ length: 40 }, (_, i) => (i % 8 === 0 ? 255 : 0)));
    expect([...resizeCubic(source, 5, 1).data]).toEqual([0, 0, 0, 0, 0]);
  });
});
