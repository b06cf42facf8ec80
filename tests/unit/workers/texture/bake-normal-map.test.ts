import { describe, expect, test } from 'bun:test';
import type { Mesh } from '../../../../workers/geometry/mesh.ts';
import { computeVertexNormals } from '../../../../workers/geometry/vertex-normals.ts';
import { bakeNormalMap } from '../../../../workers/texture/bake-normal-map.ts';
import { createUvSphere } from '../../../helpers/texture-shapes.ts';

/** Square in z = 0 over [-1, 1], u to the right, v down, as glTF pictures are. */
function createSquare(): Mesh {
  return {
    positions: Float32Array.of(-1, 1, 0, -1, -1, 0, 1, -1, 0, 1, 1, 0),
    normals: Float32Array.of(0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1),
    uvs: Float32Array.of(0, 0, 0, 1, 1, 1, 1, 0),
    indices: Uint32Array.of(0, 1, 2, 0, 2, 3),
  };
}

/** Height field over the square with smooth normals. */
function createRelief(height: (x: number, y: number) => number, steps = 64): Mesh {
  const positions: number[] = [];
  const indices: number[] = [];
  for (let j = 0; j <= steps; j++) {
    for (let i = 0; i <= steps; i++) {
      const [x, y] = [(2 * i) / steps - 1, 1 - (2 * j) / steps];
      positions.push(x, y, height(x, y));
    }
  }
  for (let j = 0; j < steps; j++) {
    for (let i = 0; i < steps; i++) {
      const a = j * (steps + 1) + i;
      const b = a + steps + 1;
      indices.push(a, b, a + 1, a + 1, b, b + 1);
    }
  }
  const mesh = { positions: Float32Array.from(positions), indices: Uint32Array.from(indices) };
  return { ...mesh, normals: computeVertexNormals(mesh) };
}

describe('bakeNormalMap', () => {
  test('is flat, (128, 128, 255), where the detail is the mesh itself', () => {
    const sphere = createUvSphere(0.8, 48, 24);
    const { pixels } = bakeNormalMap(sphere, sphere, 64);
    for (let i = 0; i < pixels.length; i += 3) {
      expect(Math.abs(pixels[i]! - 128)).toBeLessThanOrEqual(1);
      expect(Math.abs(pixels[i + 1]! - 128)).toBeLessThanOrEqual(1);
      expect(pixels[i + 2]!).toBeGreaterThanOrEqual(254);
    }
  });

  test('recovers the slopes of bumps: red leans to +u, green to up in the picture', () => {
    const amplitude = 0.02;
    const height = (x: number, y: number) => amplitude * Math.sin(4 * x) * Math.cos(3 * y);
    const size = 64;
    const { pixels } = bakeNormalMap(createSquare(), createRelief(height), size);
    let worst = 0;
    for (let row = 2; row < size - 2; row++) {
      for (let column = 2; column < size - 2; column++) {
        const x = (2 * (column + 0.5)) / size - 1;
        const y = 1 - (2 * (row + 0.5)) / size;
        const slopeX = 4 * amplitude * Math.cos(4 * x) * Math.cos(3 * y);
        const slopeY = -3 * amplitude * Math.sin(4 * x) * Math.sin(3 * y);
        const length = Math.hypot(slopeX, slopeY, 1);
        const expected = [-slopeX / length, -slopeY / length, 1 / length];
        const i = 3 * (row * size + column);
        for (let k = 0; k < 3; k++) worst = Math.max(worst, Math.abs((pixels[i + k]! - 128) / 127 - expected[k]!));
      }
    }
    // one level is 0.008; the closest point shifts by height times slope
    expect(worst).toBeLessThan(0.02);
  });

  test('stays flat where no detail is near or where it faces the other way', () => {
    const far = createRelief(() => 5);
    const inverted = createRelief(() => 0);
    inverted.normals = inverted.normals!.map((value) => -value);
    for (const detail of [far, inverted]) {
      const { pixels } = bakeNormalMap(createSquare(), detail, 8);
      for (let i = 0; i < pixels.length; i += 3) expect([...pixels.subarray(i, i + 3)]).toEqual([128, 128, 255]);
    }
  });
});
