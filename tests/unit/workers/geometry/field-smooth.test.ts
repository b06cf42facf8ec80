import { expect, test } from 'bun:test';
import { smoothField } from '../../../../workers/geometry/field-smooth.ts';

test('a single sample spreads to its neighbours with binomial weights', () => {
  const dims = [5, 5, 5] as const;
  const values = new Float32Array(125);
  values[2 + 5 * (2 + 5 * 2)] = 64;
  smoothField(values, dims);
  const at = (x: number, y: number, z: number) => values[x + 5 * (y + 5 * z)]!;
  expect([at(2, 2, 2), at(1, 2, 2), at(1, 1, 2), at(1, 1, 1), at(0, 2, 2)]).toEqual([8, 4, 2, 1, 0]);
});

test('the mean of a constant field and its border do not change', () => {
  const values = new Float32Array(3 * 4 * 5).fill(7);
  smoothField(values, [3, 4, 5]);
  expect(values.every((value) => value === 7)).toBe(true);
});
