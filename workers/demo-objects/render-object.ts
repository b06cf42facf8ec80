import { extractSurface } from '../geometry/extract-surface.ts';
import type { Mesh, ScalarField } from '../geometry/mesh.ts';
import type { ImageRgba } from '../imaging/prepared-view.ts';
import type { OrthographicCamera } from '../texture/camera.ts';
import { rasterize } from '../texture/rasterize.ts';
import { linearToSrgb, SRGB_TO_LINEAR } from '../texture/srgb.ts';
import { type DemoObject, objectColor, objectDistance } from './demo-object.ts';
import type { Point } from './signed-distance.ts';

/** Soft studio light: a key from the upper left of the camera, sky from above, a little bounce from the floor. */
const KEY = normalized([-0.45, 0.65, 0.75]);
const KEY_STRENGTH = 0.62;
const SKY_STRENGTH = 0.42;
const FLOOR_STRENGTH = 0.2;
/** The meshed cube reaches this far from the origin along each axis. */
const HALF_EXTENT = 1.05;
/** Side of the blocks of samples that are skipped where the surface is far. */
const BLOCK = 8;
/** Step of the differences that give the normal, world units. */
const NORMAL_STEP = 1e-3;

/** The surface of a demo object, from a grid of `cells` along each axis of [-1.05, 1.05]. */
export function meshObject(object: DemoObject, cells: number): Mesh {
  const n = cells + 1;
  const spacing = (2 * HALF_EXTENT) / cells;
  const values = new Float32Array(n * n * n);
  const at = (index: number) => index * spacing - HALF_EXTENT;
  for (let z0 = 0; z0 < n; z0 += BLOCK) {
    for (let y0 = 0; y0 < n; y0 += BLOCK) {
      for (let x0 = 0; x0 < n; x0 += BLOCK) {
        const middle = -objectDistance(object, [at(x0 + BLOCK / 2), at(y0 + BLOCK / 2), at(z0 + BLOCK / 2)]);
        const isFar = Math.abs(middle) > BLOCK * spacing * 1.5;
        for (let z = z0; z < Math.min(n, z0 + BLOCK); z++) {
          for (let y = y0; y < Math.min(n, y0 + BLOCK); y++) {
            for (let x = x0; x < Math.min(n, x0 + BLOCK); x++) {
              values[x + n * (y + n * z)] = isFar ? middle : -objectDistance(object, [at(x), at(y), at(z)]);
            }
          }
        }
      }
    }
  }
  const field: ScalarField = { values, dims: [n, n, n], origin: [-HALF_EXTENT, -HALF_EXTENT, -HALF_EXTENT], spacing };
  return extractSurface(field);
}

/**
 * A lit picture of a demo object with a transparent background, antialiased by averaging `samples` x `samples`
 * rays per pixel. Colour and normal come from the distance function, the visible point from the mesh.
 */
export function renderObject(
  object: DemoObject,
  mesh: Mesh,
  camera: OrthographicCamera,
  size: number,
  samples = 3,
): ImageRgba {
  const fine = size * samples;
  const raster = rasterize(mesh.positions, mesh.indices, camera, fine, fine);
  const sums = new Float64Array(size * size * 4);
  const key = toWorld(camera, KEY);
  for (let row = 0; row < fine; row++) {
    for (let column = 0; column < fine; column++) {
      const source = row * fine + column;
      if (raster.faceId[source] === -1) continue;
      const point = pixelPoint(camera, column, row, fine, raster.depth[source] ?? 0);
      const light = lightAt(objectNormal(object, point), key);
      const color = objectColor(object, point);
      const target = 4 * (Math.floor(row / samples) * size + Math.floor(column / samples));
      for (let c = 0; c < 3; c++) sums[target + c]! += SRGB_TO_LINEAR[color[c]!]! * light;
      sums[target + 3]! += 1;
    }
  }
  const pixels = new Uint8Array(size * size * 4);
  for (let i = 0; i < sums.length; i += 4) {
    const hits = sums[i + 3]!;
    if (hits === 0) continue;
    for (let c = 0; c < 3; c++) pixels[i + c] = Math.round(linearToSrgb(Math.min(1, sums[i + c]! / hits)));
    pixels[i + 3] = Math.round((255 * hits) / (samples * samples));
  }
  return { width: size, height: size, pixels };
}

function pixelPoint(camera: OrthographicCamera, column: number, row: number, size: number, depth: number): Point {
  const u = ((column + 0.5) / size) * 2 * camera.halfWidth - camera.halfWidth;
  const v = camera.halfHeight - ((row + 0.5) / size) * 2 * camera.halfHeight;
  return [0, 1, 2].map(
    (axis) => camera.target[axis]! + u * camera.right[axis]! + v * camera.up[axis]! + depth * camera.toward[axis]!,
  ) as unknown as Point;
}

/** Gradient from four samples at the corners of a tetrahedron. */
function objectNormal(object: DemoObject, [x, y, z]: Point): Point {
  const h = NORMAL_STEP;
  const a = objectDistance(object, [x + h, y - h, z - h]);
  const b = objectDistance(object, [x - h, y - h, z + h]);
  const c = objectDistance(object, [x - h, y + h, z - h]);
  const d = objectDistance(object, [x + h, y + h, z + h]);
  return normalized([a - b - c + d, -a - b + c + d, -a + b - c + d]);
}

function lightAt(normal: Point, key: Point): number {
  const towardKey = normal[0] * key[0] + normal[1] * key[1] + normal[2] * key[2];
  const up = 0.5 + 0.5 * normal[1];
  const wrapped = Math.max(0, (towardKey + 0.25) / 1.25);
  return KEY_STRENGTH * wrapped + SKY_STRENGTH * up + FLOOR_STRENGTH * (1 - up);
}

function toWorld({ right, up, toward }: OrthographicCamera, [a, b, c]: Point): Point {
  return [0, 1, 2].map((axis) => a * right[axis]! + b * up[axis]! + c * toward[axis]!) as unknown as Point;
}

function normalized([x, y, z]: Point): Point {
  const length = Math.hypot(x, y, z) || 1;
  return [x / length, y / length, z / length];
}
