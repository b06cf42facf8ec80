import { expect, test } from 'bun:test';
import { slopeOf } from '../../../../src/bench/slope.ts';

const lineOf = (slope: number) => [0, 250, 500, 750].map((x) => ({ x, y: 70 + slope * x }));

test('the slope of a line is its own, whatever its height', () => {
  for (const slope of [0, 0.04, -3]) expect(slopeOf(lineOf(slope))).toBeCloseTo(slope, 12);
});

test('noise that is the same on both sides of the middle does not tilt it', () => {
  const noise = [1, -1, -1, 1];
  const noisy = lineOf(0.5).map(({ x, y }, nth) => ({ x, y: y + noise[nth]! }));
  expect(slopeOf(noisy)).toBeCloseTo(0.5, 12);
});

test('of three points it is that of the least squares', () => {
  // By hand: the means are 1 and 2; (-1 * -2 + 0 + 1 * 3) / 2, where the middle lies at 1.
  expect(
    slopeOf([
      { x: 0, y: 0 },
      { x: 1, y: 1 },
      { x: 2, y: 5 },
    ]),
  ).toBeCloseTo(2.5, 12);
});
