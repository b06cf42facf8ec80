import { expect, test } from 'bun:test';
import { measureCoverageDistance } from '../../../../workers/geometry/coverage-distance.ts';

/** Coverage of a half plane or disc given by its signed distance, as an area filter of one pixel would draw it. */
function drawCoverage(width: number, height: number, distance: (x: number, y: number) => number): Float32Array {
  const coverage = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) coverage[x + y * width] = Math.min(1, Math.max(0, distance(x, y) + 0.5));
  }
  return coverage;
}

test('a soft disc has distances within a seventh of a pixel, near and far', () => {
  const distance = (x: number, y: number) => 20.3 - Math.hypot(x - 40.2, y - 37.7);
  const measured = measureCoverageDistance(drawCoverage(90, 80, distance), 90, 80);
  let worst = 0;
  for (let y = 0; y < 80; y++) {
    for (let x = 0; x < 90; x++) worst = Math.max(worst, Math.abs(measured[x + y * 90]! - distance(x, y)));
  }
  expect(worst).toBeLessThan(1 / 7);
});

test('a slanted edge between pixels is found where the coverage says', () => {
  const distance = (x: number, y: number) => (3 * x + 4 * y) / 5 - 17.37;
  const measured = measureCoverageDistance(drawCoverage(40, 40, distance), 40, 40);
  for (const [x, y] of [
    [12, 12],
    [15, 10],
    [20, 20],
    [5, 8],
  ] as const) {
    expect(measured[x + y * 40]!).toBeCloseTo(distance(x, y), 1);
  }
});

test('a hole of one pixel keeps a contour of its own', () => {
  const coverage = new Float32Array(81).fill(1);
  coverage[4 + 4 * 9] = 0;
  const measured = measureCoverageDistance(coverage, 9, 9);
  expect(measured[4 + 4 * 9]!).toBeLessThan(0);
  expect(measured[4 + 2 * 9]!).toBeCloseTo(1.5, 5);
});

test('a picture without contour is far from it with the right sign', () => {
  expect(measureCoverageDistance(new Float32Array(12), 4, 3)[5]).toBe(-7);
  expect(measureCoverageDistance(new Float32Array(12).fill(1), 4, 3)[5]).toBe(7);
});
