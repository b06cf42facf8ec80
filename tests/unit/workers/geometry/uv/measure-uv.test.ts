import { expect, test } from 'bun:test';
import type { Mesh } from '../../../../../workers/geometry/mesh.ts';
import { measureUv } from '../../../../../workers/geometry/uv/measure-uv.ts';

/** Triangles of three uvs each. */
function atlas(...uvs: number[]): Mesh {
  const count = uvs.length / 2;
  return {
    positions: new Float32Array(3 * count),
    indices: Uint32Array.from({ length: count }, (_, i) => i),
    uvs: Float32Array.from(uvs),
  };
}

test('two halves of a square cover it once', () => {
  const { coverage, overlap } = measureUv(atlas(0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1), 64);
  expect(overlap).toBe(0);
  // The samples on the diagonal belong to neither half.
  expect(coverage).toBe(1 - 1 / 64);
});

test('counts what two faces cover, whichever way they are wound', () => {
  expect(measureUv(atlas(0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0), 64).overlap).toBe(1);
  expect(measureUv(atlas(0, 0, 1, 0, 0, 1, 0, 0, 0.5, 0, 0, 0.5), 64).overlap).toBeCloseTo(0.25, 1);
});

test('tells faces without an area from faces outside', () => {
  const { collapsed, outside } = measureUv(atlas(0, 0, 0.5, 0.5, 1, 1, 0, 0, 1.1, 0, 0, 1, 0, 0, 1, 0, 0, 1), 64);
  expect(collapsed).toBeCloseTo(1 / 3);
  expect(outside).toBeCloseTo(1 / 3);
});

test('refuses a mesh without uvs', () => {
  const { positions, indices } = atlas(0, 0, 1, 0, 0, 1);
  expect(() => measureUv({ positions, indices }, 64)).toThrow('expected a mesh with uvs');
});
