import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { orbitCamera } from '../../../../workers/texture/camera.ts';
import { rasterize, rasterizeScreen } from '../../../../workers/texture/rasterize.ts';
import { createUvBox, createUvSphere } from '../../../helpers/texture-shapes.ts';

const FRONT = orbitCamera(0, 0, 1);

function countCovered(faceId: Int32Array): number {
  return faceId.reduce((count, face) => count + (face >= 0 ? 1 : 0), 0);
}

describe('rasterize', () => {
  test('covers the area of a sphere to 0.2 %', () => {
    const sphere = createUvSphere(0.8, 256, 128);
    const image = rasterize(sphere.positions, sphere.indices, FRONT, 500, 500);
    const expected = Math.PI * (0.8 * 250) ** 2;
    expect(Math.abs(countCovered(image.faceId) / expected - 1)).toBeLessThan(0.002);
  });

  test('gives the exact depth of a slanted plane at pixel centres', () => {
    // z = 0.3 x - 0.2 y + 0.1 over the whole frame
    const z = (x: number, y: number) => 0.3 * x - 0.2 * y + 0.1;
    const corners = [-2, -2, 2, -2, 2, 2, -2, 2];
    const positions = new Float32Array(12);
    for (let i = 0; i < 4; i++) {
      positions.set([corners[2 * i]!, corners[2 * i + 1]!, z(corners[2 * i]!, corners[2 * i + 1]!)], 3 * i);
    }
    const image = rasterize(positions, Uint32Array.of(0, 1, 2, 0, 2, 3), FRONT, 64, 48);
    for (let y = 0; y < 48; y++) {
      for (let x = 0; x < 64; x++) {
        const worldX = ((x + 0.5) / 64) * 2 - 1;
        const worldY = 1 - ((y + 0.5) / 48) * 2;
        expect(image.depth[y * 64 + x]!).toBeCloseTo(z(worldX, worldY), 6);
      }
    }
  });

  test('interpolates to the point of the surface behind the pixel centre', () => {
    const camera = orbitCamera(33, 21, 1.3, [0.1, -0.05, 0.2]);
    const box = createUvBox([0.5, 0.7, 0.4], 3);
    const image = rasterize(box.positions, box.indices, camera, 90, 90);
    let checked = 0;
    for (let pixel = 0; pixel < image.faceId.length; pixel++) {
      const face = image.faceId[pixel]!;
      if (face < 0) continue;
      const [wb, wc] = [image.barycentrics[2 * pixel]!, image.barycentrics[2 * pixel + 1]!];
      const weights = [1 - wb - wc, wb, wc];
      const d = [0, 1, 2].map(
        (k) =>
          weights.reduce((sum, w, c) => sum + w * box.positions[3 * box.indices[3 * face + c]! + k]!, 0) -
          camera.target[k]!,
      );
      const dot = (axis: readonly number[]) => axis.reduce((sum, a, k) => sum + a * d[k]!, 0);
      expect((dot(camera.right) / camera.halfWidth + 1) * 45).toBeCloseTo((pixel % 90) + 0.5, 1);
      expect((1 - dot(camera.up) / camera.halfHeight) * 45).toBeCloseTo(Math.floor(pixel / 90) + 0.5, 1);
      expect(dot(camera.toward)).toBeCloseTo(image.depth[pixel]!, 3);
      checked++;
    }
    expect(checked).toBeGreaterThan(1000);
  });

  test('does not depend on the order of the triangles', () => {
    const sphere = createUvSphere(0.7, 40, 20);
    const box = createUvBox([0.4, 0.9, 0.55], 2);
    const positions = Float32Array.of(...sphere.positions, ...box.positions);
    const indices = [...sphere.indices, ...box.indices.map((i) => i + sphere.positions.length / 3)];
    const reversed: number[] = [];
    for (let f = indices.length / 3 - 1; f >= 0; f--) reversed.push(...indices.slice(3 * f, 3 * f + 3));
    const camera = orbitCamera(40, 25, 1.2);
    const first = rasterize(positions, Uint32Array.from(indices), camera, 128, 128);
    const second = rasterize(positions, Uint32Array.from(reversed), camera, 128, 128);
    expect(second.depth).toEqual(first.depth);
  });

  test('hits every sample of a triangulated region exactly once, edges and corners on samples included', () => {
    // a fan around an inner point; corners on half-integers make many edges run through pixel centres
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 8, maxLength: 8 }),
        fc.integer({ min: 12, max: 28 }),
        fc.integer({ min: 12, max: 28 }),
        (offsets, cx, cy) => {
          const square = [
            [0, 0],
            [offsets[4]! / 2, 0],
            [20, 0],
            [20, offsets[5]! / 2],
            [20, 20],
            [offsets[6]! / 2, 20],
            [0, 20],
            [0, offsets[7]! / 2],
          ];
          const screen = Float64Array.from([cx / 2, cy / 2, 0, ...square.flatMap(([x, y]) => [x!, y!, 0])]);
          const hits = new Int32Array(24 * 24);
          for (let k = 0; k < square.length; k++) {
            const triangle = Uint32Array.of(0, 1 + k, 1 + ((k + 1) % square.length));
            const image = rasterizeScreen(screen, triangle, 24, 24);
            image.faceId.forEach((face, pixel) => {
              if (face === 0) hits[pixel]!++;
            });
          }
          for (let y = 0; y < 24; y++) {
            for (let x = 0; x < 24; x++) if (hits[y * 24 + x] !== (x < 20 && y < 20 ? 1 : 0)) return false;
          }
          return true;
        },
      ),
      { seed: 7, numRuns: 200 },
    );
  });

  test('agrees with a ray cast through every pixel', () => {
    const camera = orbitCamera(-50, 30, 1.1);
    const sphere = createUvSphere(0.6, 12, 6);
    const box = createUvBox([0.9, 0.2, 0.3], 1);
    const positions = Float32Array.of(...sphere.positions, ...box.positions);
    const indices = Uint32Array.of(...sphere.indices, ...box.indices.map((i) => i + sphere.positions.length / 3));
    const image = rasterize(positions, indices, camera, 40, 40);
    for (let y = 0; y < 40; y++) {
      for (let x = 0; x < 40; x++) {
        const u = ((x + 0.5) / 20 - 1) * 1.1;
        const v = (1 - (y + 0.5) / 20) * 1.1;
        const origin = [0, 1, 2].map((k) => camera.right[k]! * u + camera.up[k]! * v);
        const { depth, clearance } = castRay(positions, indices, origin, [...camera.toward]);
        // within a thousandth of an edge snapping may decide either way
        if (clearance < 1e-3) continue;
        if (depth === -Infinity) expect(image.depth[y * 40 + x]).toBe(-Infinity);
        else expect(image.depth[y * 40 + x]!).toBeCloseTo(depth, 2);
      }
    }
  });

  test('leaves out triangles without area or with coordinates that are not numbers, and parts outside of the frame', () => {
    const positions = Float32Array.of(0, 0, 0, 0.5, 0, 0, 1, 0, 0, Number.NaN, 0, 0, 0, 9, 0, 9, 0, 0);
    const degenerate = rasterize(positions, Uint32Array.of(0, 1, 2, 0, 1, 3, 0, 0, 1), FRONT, 16, 16);
    expect(countCovered(degenerate.faceId)).toBe(0);
    const clipped = rasterize(positions, Uint32Array.of(0, 5, 4), FRONT, 16, 16);
    expect(countCovered(clipped.faceId)).toBe(64);
    expect(countCovered(rasterize(positions, new Uint32Array(0), FRONT, 4, 4).faceId)).toBe(0);
  });
});

/** Nearest hit of a line over all triangles, and how near the line comes to any triangle's edge in barycentrics. */
function castRay(positions: Float32Array, indices: Uint32Array, origin: number[], direction: number[]) {
  let depth = -Infinity;
  let clearance = Infinity;
  for (let f = 0; f < indices.length; f += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => [...positions.subarray(3 * indices[f + k]!, 3 * indices[f + k]! + 3)]);
    const e1 = subtract(b!, a!);
    const e2 = subtract(c!, a!);
    const p = cross(direction, e2);
    const determinant = dot(e1, p);
    if (Math.abs(determinant) < 1e-9) continue;
    const t = subtract(origin, a!);
    const u = dot(t, p) / determinant;
    const q = cross(t, e1);
    const v = dot(direction, q) / determinant;
    const inside = Math.min(u, v, 1 - u - v);
    clearance = Math.min(clearance, Math.abs(inside));
    if (inside >= 0) depth = Math.max(depth, dot(e2, q) / determinant);
  }
  return { depth, clearance };
}

const subtract = (a: number[], b: number[]) => a.map((x, k) => x - b[k]!);
const dot = (a: number[], b: number[]) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
const cross = (a: number[], b: number[]) => [
  a[1]! * b[2]! - a[2]! * b[1]!,
  a[2]! * b[0]! - a[0]! * b[2]!,
  a[0]! * b[1]! - a[1]! * b[0]!,
];
