import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Bounds, measureBounds } from '../../../../workers/export/bounds.ts';
import { placeModel } from '../../../../workers/export/place-model.ts';
import { fitToUnitCube } from '../../../../workers/geometry/fit-to-unit-cube.ts';

const BOX = Float32Array.from([-0.5, -1, -0.25, 0.5, 1, 0.25, 0, 0, 0]);

const sides = ({ min, max }: Bounds) => max.map((value, axis) => value - min[axis]!);

test('without size and ground the positions stay the same array', () => {
  expect(placeModel(BOX, {})).toBe(BOX);
  expect(placeModel(BOX, { ground: false })).toBe(BOX);
});

test('a size in millimetres is of the longest side, in metres', () => {
  const placed = placeModel(BOX, { size: { value: 120, unit: 'mm', side: 'longest' } });
  expect(sides(measureBounds(placed))).toEqual([
    expect.closeTo(0.06, 7),
    expect.closeTo(0.12, 7),
    expect.closeTo(0.03, 7),
  ]);
});

test('the height can be given instead, whatever side is longest', () => {
  const lying = Float32Array.from([-1, -0.25, -0.5, 1, 0.25, 0.5]);
  const placed = placeModel(lying, { size: { value: 3, unit: 'm', side: 'height' } });
  expect(sides(measureBounds(placed))).toEqual([12, 3, 6]);
});

test('ground puts the lowest point at exactly 0 and leaves the rest in the middle', () => {
  const { min, max } = measureBounds(placeModel(BOX, { ground: true }));
  expect([min, max]).toEqual([
    [-0.5, 0, -0.25],
    [0.5, 2, 0.25],
  ]);
});

test('a model without height keeps its size where its height is asked for', () => {
  const flat = Float32Array.from([-1, 0, -1, 1, 0, 1]);
  expect(placeModel(flat, { size: { value: 3, unit: 'm', side: 'height' } })).toEqual(flat);
});

test('any model gets the asked length, keeps its proportions and stands on the ground', () => {
  const coordinate = fc.float({ min: -100, max: 100, noNaN: true });
  const points = fc.array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 2, maxLength: 20 });
  const size = fc.record({
    value: fc.double({ min: 1, max: 1000, noNaN: true }),
    unit: fc.constantFrom('m' as const, 'mm' as const),
    side: fc.constantFrom('longest' as const, 'height' as const),
  });
  fc.assert(
    fc.property(points, size, (corners, asked) => {
      const fitted = fitToUnitCube(Float32Array.from(corners.flat()));
      const before = sides(measureBounds(fitted));
      const length = asked.side === 'height' ? before[1]! : Math.max(...before);
      fc.pre(length > 1e-3);
      const bounds = measureBounds(placeModel(fitted, { size: asked, ground: true }));
      const after = sides(bounds);
      const metres = asked.value * (asked.unit === 'mm' ? 0.001 : 1);
      const reached = asked.side === 'height' ? after[1]! : Math.max(...after);
      // A few steps of a 32-bit float, of the longest side.
      const tolerance = 1e-6 * Math.max(...after);
      expect(Math.abs(reached - metres)).toBeLessThanOrEqual(tolerance);
      for (const axis of [0, 1, 2]) {
        expect(Math.abs(after[axis]! - (before[axis]! * metres) / length)).toBeLessThanOrEqual(tolerance);
      }
      expect(bounds.min[1]).toBe(0);
    }),
  );
});

test('bounds show a value that is not a number', () => {
  const { min, max } = measureBounds([0, 0, 0, 1, Number.NaN, 1, 2, 2, 2]);
  expect([min[1], max[1]]).toEqual([Number.NaN, Number.NaN]);
});
