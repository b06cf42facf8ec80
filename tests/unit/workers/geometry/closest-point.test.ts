import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createSurfacePoint, TriangleBvh } from '../../../../workers/geometry/closest-point.ts';
import { extractSurface } from '../../../../workers/geometry/extract-surface.ts';
import { gyroidSheet, sampleField, sphere } from '../../../helpers/shapes.ts';

type Point = [number, number, number];

const sub = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Point, b: Point): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Point, b: Point): Point => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** Distance to a segment. */
function distanceToSegment(p: Point, a: Point, b: Point): number {
  const ab = sub(b, a);
  const length = dot(ab, ab);
  const t = length > 0 ? Math.min(1, Math.max(0, dot(sub(p, a), ab) / length)) : 0;
  return Math.hypot(...sub(p, [a[0] + t * ab[0], a[1] + t * ab[1], a[2] + t * ab[2]]));
}

/** Distance to a triangle by its plane where the foot is inside, by its sides otherwise. */
function distanceToTriangle(p: Point, a: Point, b: Point, c: Point): number {
  const n = cross(sub(b, a), sub(c, a));
  const isInside =
    dot(cross(sub(b, a), sub(p, a)), n) >= 0 &&
    dot(cross(sub(c, b), sub(p, b)), n) >= 0 &&
    dot(cross(sub(a, c), sub(p, c)), n) >= 0;
  if (isInside && dot(n, n) > 0) return Math.abs(dot(sub(p, a), n)) / Math.hypot(...n);
  return Math.min(distanceToSegment(p, a, b), distanceToSegment(p, b, c), distanceToSegment(p, c, a));
}

const mesh = extractSurface(sampleField(gyroidSheet(0.3, 4), 20));
const bvh = new TriangleBvh(mesh);
const corner = (face: number, k: number): Point => {
  const at = 3 * mesh.indices[3 * face + k]!;
  return [mesh.positions[at]!, mesh.positions[at + 1]!, mesh.positions[at + 2]!];
};
const faceCount = mesh.indices.length / 3;
const coordinate = fc.double({ min: -1.5, max: 1.5, noNaN: true });
const anyPoint = fc.tuple(coordinate, coordinate, coordinate);

describe('TriangleBvh.closestPoint', () => {
  test('finds the same distance as a search through all triangles', () => {
    const out = createSurfacePoint();
    fc.assert(
      fc.property(anyPoint, fc.integer({ min: -1, max: faceCount - 1 }), (p, hint) => {
        let expected = Number.POSITIVE_INFINITY;
        for (let f = 0; f < faceCount; f++) {
          expected = Math.min(expected, distanceToTriangle(p, corner(f, 0), corner(f, 1), corner(f, 2)));
        }
        expect(bvh.closestPoint(...p, Number.POSITIVE_INFINITY, out, hint)).toBe(true);
        expect(Math.abs(out.distance - expected)).toBeLessThan(1e-7);
        expect(Math.abs(Math.hypot(out.x - p[0], out.y - p[1], out.z - p[2]) - expected)).toBeLessThan(1e-7);
        // The weights name the same point.
        for (let k = 0; k < 3; k++) {
          const [a, b, c] = [corner(out.face, 0)[k]!, corner(out.face, 1)[k]!, corner(out.face, 2)[k]!];
          const at = [out.x, out.y, out.z][k]!;
          expect(Math.abs(a * (1 - out.v - out.w) + b * out.v + c * out.w - at)).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  test('finds nothing beyond the largest distance', () => {
    const out = createSurfacePoint();
    expect(bvh.closestPoint(5, 0, 0, 3, out)).toBe(false);
    expect(out.face).toBe(-1);
    expect(bvh.closestPoint(5, 0, 0, 4.5, out)).toBe(true);
  });

  test('the batch gives the same answers as single queries and keeps the query where nothing is near', () => {
    const points = Float32Array.from({ length: 300 }, (_, i) => Math.sin(12.9898 * i) * 1.4);
    const faces = new Int32Array(100);
    const nearest = new Float32Array(300);
    const weights = new Float32Array(200);
    bvh.closestPoints(points, 0.3, faces, nearest, weights);
    const out = createSurfacePoint();
    let found = 0;
    for (let i = 0; i < 100; i++) {
      const at = points.slice(3 * i, 3 * i + 3);
      if (bvh.closestPoint(at[0]!, at[1]!, at[2]!, 0.3, out)) {
        found++;
        const distance = Math.hypot(
          nearest[3 * i]! - at[0]!,
          nearest[3 * i + 1]! - at[1]!,
          nearest[3 * i + 2]! - at[2]!,
        );
        expect(Math.abs(distance - out.distance)).toBeLessThan(1e-6);
        expect(faces[i]).toBeGreaterThanOrEqual(0);
      } else {
        expect(faces[i]).toBe(-1);
        expect(nearest.slice(3 * i, 3 * i + 3)).toEqual(at);
      }
    }
    expect(found).toBeGreaterThan(10);
    expect(found).toBeLessThan(100);
  });

  test('works with one triangle, with one of no area beside it, and with none', () => {
    const out = createSurfacePoint();
    const positions = Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0);
    const one = new TriangleBvh({ positions, indices: Uint32Array.of(0, 0, 0, 0, 1, 2) });
    expect(one.closestPoint(0.2, 0.2, 3, 10, out)).toBe(true);
    expect([out.face, out.distance]).toEqual([1, 3]);
    expect(new TriangleBvh({ positions, indices: new Uint32Array(0) }).closestPoint(0, 0, 0, 10, out)).toBe(false);
  });
});

describe('TriangleBvh.raycast', () => {
  test('hits the same first triangle as a search through all of them', () => {
    const out = createSurfacePoint();
    let hits = 0;
    fc.assert(
      fc.property(anyPoint, anyPoint, (origin, target) => {
        const direction = sub(target, origin);
        if (dot(direction, direction) < 1e-6) return;
        let expected = Number.POSITIVE_INFINITY;
        for (let f = 0; f < faceCount; f++) {
          const [a, b, c] = [corner(f, 0), corner(f, 1), corner(f, 2)];
          const n = cross(sub(b, a), sub(c, a));
          const t = dot(sub(a, origin), n) / dot(direction, n);
          if (!(t > 0)) continue;
          const at: Point = [origin[0] + t * direction[0], origin[1] + t * direction[1], origin[2] + t * direction[2]];
          const isInside =
            dot(cross(sub(b, a), sub(at, a)), n) >= 0 &&
            dot(cross(sub(c, b), sub(at, b)), n) >= 0 &&
            dot(cross(sub(a, c), sub(at, c)), n) >= 0;
          if (isInside) expected = Math.min(expected, t);
        }
        const isHit = bvh.raycast(...origin, ...direction, Number.POSITIVE_INFINITY, out);
        expect(isHit).toBe(Number.isFinite(expected));
        if (!isHit) return;
        hits++;
        expect(Math.abs(out.distance - expected)).toBeLessThan(1e-6 * Math.max(1, expected));
      }),
      { numRuns: 100, seed: 12 },
    );
    expect(hits).toBeGreaterThan(30);
  });

  test('rays along the axes hit a sphere at its poles and stop at the largest distance', () => {
    const ball = new TriangleBvh(extractSurface(sampleField(sphere(0.5), 30)));
    const out = createSurfacePoint();
    for (let axis = 0; axis < 3; axis++) {
      for (const sign of [-1, 1]) {
        const direction = [0, 0, 0].map((_, k) => (k === axis ? sign : 0)) as Point;
        expect(ball.raycast(0, 0, 0, ...direction, 10, out)).toBe(true);
        expect(Math.abs(out.distance - 0.5)).toBeLessThan(0.005);
        expect(ball.raycast(0, 0, 0, ...direction, 0.4, out)).toBe(false);
      }
    }
  });
});
