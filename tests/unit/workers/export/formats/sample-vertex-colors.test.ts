import { expect, test } from 'bun:test';
import { sampleVertexColors } from '../../../../../workers/export/formats/sample-vertex-colors.ts';

/** Red grows to the right and green downwards, by 40 a texel; blue is even. */
const WIDTH = 4;
const HEIGHT = 3;
const RAMP = {
  width: WIDTH,
  height: HEIGHT,
  pixels: Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => {
    const texel = Math.floor(i / 3);
    return [40 * (texel % WIDTH), 40 * Math.floor(texel / WIDTH), 7][i % 3]!;
  }),
};

function colorAt(x: number, y: number): number[] {
  return [...sampleVertexColors(RAMP, Float32Array.of(x / WIDTH, y / HEIGHT))];
}

test('the middle of a texel has its colour, the first one at the upper left', () => {
  expect(colorAt(0.5, 0.5)).toEqual([0, 0, 7]);
  expect(colorAt(3.5, 0.5)).toEqual([120, 0, 7]);
  expect(colorAt(0.5, 2.5)).toEqual([0, 80, 7]);
});

test('between the middles colours follow a straight line', () => {
  for (const [x, y] of [
    [0.75, 0.5],
    [1, 1],
    [2.1, 1.9],
    [3.25, 2.25],
  ] as const) {
    expect(colorAt(x, y)).toEqual([Math.round(40 * (x - 0.5)), Math.round(40 * (y - 0.5)), 7]);
  }
});

test('beyond the middles of the border, and outside, the border counts', () => {
  expect(colorAt(0, 0)).toEqual([0, 0, 7]);
  expect(colorAt(WIDTH, HEIGHT)).toEqual([120, 80, 7]);
  expect(colorAt(-5, 99)).toEqual([0, 80, 7]);
});
