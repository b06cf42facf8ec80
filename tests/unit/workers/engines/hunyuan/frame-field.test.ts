import { describe, expect, test } from 'bun:test';
import type { ViewName } from '../../../../../src/protocol/views.ts';
import { frameField } from '../../../../../workers/engines/hunyuan/frame-field.ts';
import { surfaceBounds } from '../../../../../workers/engines/hunyuan/surface-bounds.ts';
import { extractSurface } from '../../../../../workers/geometry/extract-surface.ts';
import type { ScalarField } from '../../../../../workers/geometry/mesh.ts';
import type { PreparedView } from '../../../../../workers/imaging/prepared-view.ts';
import { viewCamera } from '../../../../../workers/texture/camera.ts';
import { assertClose } from '../../../../helpers/assert-close.ts';
import { type ImplicitShape, sampleField, sphere, union } from '../../../../helpers/shapes.ts';

type Triple = readonly [number, number, number];

/** Zero level exact, slope about 1. */
const ellipsoid =
  ([rx, ry, rz]: Triple, [cx, cy, cz]: Triple = [0, 0, 0]): ImplicitShape =>
  (x, y, z) =>
    Math.min(rx, ry, rz) * (1 - Math.hypot((x - cx) / rx, (y - cy) / ry, (z - cz) / rz));

/** A view whose silhouette is `2 * halfWidth` by `2 * halfHeight` world units around (across, up), as seen. */
function viewOf(name: ViewName, halfWidth: number, halfHeight: number, across = 0, up = 0): PreparedView {
  const size = 8000;
  const halfSize = 1.25;
  const pixel = (world: number) => ((world / halfSize + 1) * size) / 2;
  return {
    name,
    image: { width: size, height: size, pixels: new Uint8Array(0) },
    camera: viewCamera(name, halfSize),
    bounds: {
      minX: pixel(across - halfWidth),
      maxX: pixel(across + halfWidth),
      minY: pixel(-up - halfHeight),
      maxY: pixel(-up + halfHeight),
    },
  };
}

function expectBounds(field: ScalarField, min: Triple, max: Triple, tolerance = 2e-3): void {
  const bounds = surfaceBounds(field)!;
  for (const axis of [0, 1, 2] as const) {
    expect(Math.abs(bounds.min[axis] - min[axis])).toBeLessThan(tolerance);
    expect(Math.abs(bounds.max[axis] - max[axis])).toBeLessThan(tolerance);
  }
}

const small = () => sampleField(ellipsoid([0.3, 0.5, 0.2], [0.1, -0.2, 0.15]), 64, 1.01);

describe('surfaceBounds', () => {
  test('are those of the extracted surface', () => {
    const field = small();
    const { positions } = extractSurface(field);
    const along = (axis: number) => positions.filter((_, i) => i % 3 === axis);
    const { min, max } = surfaceBounds(field)!;
    for (const axis of [0, 1, 2] as const) {
      expect(min[axis]).toBeCloseTo(Math.min(...along(axis)), 4);
      expect(max[axis]).toBeCloseTo(Math.max(...along(axis)), 4);
    }
  });

  test('need only the samples near the surface', () => {
    const field = small();
    const banded = { ...field, values: field.values.map((v) => (Math.abs(v) > 0.05 ? Number.NaN : v)) };
    expect(surfaceBounds(banded)).toEqual(surfaceBounds(field));
  });

  test('leave out specks that stand apart, but not small parts', () => {
    const body = ellipsoid([0.5, 0.6, 0.4]);
    const bounds = (shape: ImplicitShape) => surfaceBounds(sampleField(shape, 80, 1.01))!;
    expect(bounds(union(body, sphere(0.02, 0.9, 0.9, 0.9)))).toEqual(bounds(body));
    assertClose(bounds(union(body, sphere(0.08, 0.85, 0, 0))).max[0], 0.93, 0.01);
  });

  test('end at the border where a shape reaches it', () => {
    const { min, max } = surfaceBounds(sampleField(() => 1, 9, 1))!;
    expect([min, max]).toEqual([
      [-1, -1, -1],
      [1, 1, 1],
    ]);
  });
});

describe('frameField', () => {
  test('moves and scales a shape to where the front picture shows it, centred in depth', () => {
    const field = small();
    const framed = frameField(field, [viewOf('front', 0.6, 1)]);
    expectBounds(framed, [-0.6, -1, -0.4], [0.6, 1, 0.4]);
    expect(framed.values).toBe(field.values);
    expect(framed.dims).toBe(field.dims);
  });

  test('takes the place along each axis from the pictures that show it, mirrored or not', () => {
    // The object's centre is at (0.05, 0.02, -0.03): +X is to the left in the back picture, +Z in the one of +X.
    const views = [
      viewOf('front', 0.6, 1, 0.05, 0.02),
      viewOf('back', 0.6, 1, -0.05, 0.02),
      viewOf('left', 0.4, 1, 0.03, 0.02),
      viewOf('right', 0.4, 1, -0.03, 0.02),
    ];
    expectBounds(frameField(small(), views), [-0.55, -0.98, -0.43], [0.65, 1.02, 0.37]);
  });

  test('fits wide objects by their width and deep ones by their depth', () => {
    const wide = sampleField(ellipsoid([0.8, 0.2, 0.4]), 64, 1.01);
    expectBounds(frameField(wide, [viewOf('front', 1, 0.25)]), [-1, -0.25, -0.5], [1, 0.25, 0.5]);
    const deep = sampleField(ellipsoid([0.2, 0.2, 0.8]), 64, 1.01);
    const views = [viewOf('front', 0.25, 0.25), viewOf('left', 1, 0.25)];
    expectBounds(frameField(deep, views), [-0.25, -0.25, -1], [0.25, 0.25, 1]);
  });

  test('meets pictures of other proportions in between, nearer to the long side, and keeps the shape', () => {
    // The picture is 10 % narrower than the network's shape of 0.6 x 1 would be.
    const framed = frameField(small(), [viewOf('front', 0.54, 1)]);
    const { min, max } = surfaceBounds(framed)!;
    const height = max[1] - min[1];
    expect(height).toBeGreaterThan(1.94);
    expect(height).toBeLessThan(2);
    assertClose((max[0] - min[0]) / height, 0.6, 0.002);
    assertClose((max[2] - min[2]) / height, 0.4, 0.002);
  });

  test('refuses a field without inside', () => {
    const empty = sampleField(() => -1, 8);
    expect(() => frameField(empty, [viewOf('front', 1, 1)])).toThrow(
      expect.objectContaining({ code: 'geometry.empty' }),
    );
  });
});
