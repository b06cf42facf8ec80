import { expect, test } from 'bun:test';
import { fitToUnitCube } from '../../../../workers/geometry/fit-to-unit-cube.ts';

test('the longest side becomes two and the middle of the box the origin', () => {
  const fitted = fitToUnitCube(new Float32Array([1, 1, 1, 5, 2, 1, 1, 3, 2]));
  expect([...fitted]).toEqual([-1, -0.5, -0.25, 1, 0, -0.25, -1, 0.5, 0.25]);
});

test('a single point moves to the origin and nothing stays nothing', () => {
  expect([...fitToUnitCube(new Float32Array([3, 4, 5]))]).toEqual([0, 0, 0]);
  expect(fitToUnitCube(new Float32Array())).toHaveLength(0);
});
