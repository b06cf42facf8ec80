import { describe, expect, test } from 'bun:test';
import type { Mesh } from '../../../../workers/geometry/mesh.ts';
import { computeTangents } from '../../../../workers/geometry/vertex-tangents.ts';

/** A unit square in the plane z = 0 that faces +Z, its texture upright: u to the right, v from the top. */
function uprightSquare(): Required<Mesh> {
  return {
    positions: new Float32Array([0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0]),
    indices: new Uint32Array([0, 1, 2, 0, 2, 3]),
    normals: new Float32Array([0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1]),
    uvs: new Float32Array([0, 1, 1, 1, 1, 0, 0, 0]),
  };
}

describe('computeTangents', () => {
  test('points to growing u and is right-handed for an upright texture, so that the bitangent points up', () => {
    expect([...computeTangents(uprightSquare()).subarray(0, 4)]).toEqual([1, 0, 0, 1]);
  });

  test('is left-handed for a mirrored texture', () => {
    const mesh = uprightSquare();
    for (let i = 0; i < 8; i += 2) mesh.uvs[i] = 1 - mesh.uvs[i]!;
    expect([...computeTangents(mesh).subarray(0, 4)]).toEqual([-1, 0, 0, -1]);
  });

  test('turns with the texture', () => {
    const mesh = uprightSquare();
    // A quarter turn: u grows downwards on the surface.
    mesh.uvs.set([1, 1, 1, 0, 0, 0, 0, 1]);
    const [x, y, z, w] = computeTangents(mesh);
    expect(x).toBeCloseTo(0, 6);
    expect(y).toBeCloseTo(-1, 6);
    expect(z).toBeCloseTo(0, 6);
    expect(w).toBe(1);
  });

  test('is of unit length and across the normal on tilted normals', () => {
    const mesh = uprightSquare();
    for (let v = 0; v < 4; v++) mesh.normals.set([0.6, 0, 0.8], 3 * v);
    const t = computeTangents(mesh);
    for (let v = 0; v < 4; v++) {
      expect(Math.hypot(t[4 * v]!, t[4 * v + 1]!, t[4 * v + 2]!)).toBeCloseTo(1, 6);
      expect(0.6 * t[4 * v]! + 0.8 * t[4 * v + 2]!).toBeCloseTo(0, 6);
    }
  });

  test('weights faces by their angle at the vertex, not by their count', () => {
    // Around vertex 0: a right angle whose u grows along +x, and a right angle in three slices whose u grows along +y.
    const [c30, s30] = [Math.cos(Math.PI / 6), 0.5];
    const fan: Mesh = {
      positions: new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, -s30, c30, 0, -c30, s30, 0, -1, 0, 0]),
      indices: new Uint32Array([0, 1, 2, 0, 3, 4, 0, 4, 5, 0, 5, 6]),
      normals: new Float32Array(Array.from({ length: 7 }, () => [0, 0, 1]).flat()),
      uvs: new Float32Array([0, 0, 1, 0, 0, -1, 1, 0, c30, -s30, s30, -c30, 0, -1]),
    };
    const [x, y] = computeTangents(fan);
    expect(x).toBeCloseTo(Math.SQRT1_2, 6);
    expect(y).toBeCloseTo(Math.SQRT1_2, 6);
  });

  test('gives a unit vector across the normal where uvs are collapsed', () => {
    const mesh = uprightSquare();
    mesh.uvs.fill(0.5);
    const t = computeTangents(mesh);
    for (let v = 0; v < 4; v++) {
      expect(Math.hypot(t[4 * v]!, t[4 * v + 1]!, t[4 * v + 2]!)).toBeCloseTo(1, 6);
      expect(t[4 * v + 2]).toBeCloseTo(0, 6);
      expect(t[4 * v + 3]).toBe(1);
    }
  });

  test('refuses a mesh without uvs', () => {
    const { positions, indices, normals } = uprightSquare();
    expect(() => computeTangents({ positions, indices, normals })).toThrow('expected normals and uvs for 4 vertices');
  });
});
