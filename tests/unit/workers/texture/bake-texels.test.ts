import { describe, expect, test } from 'bun:test';
import { VIEW_NAMES } from '../../../../src/protocol/views.ts';
import { bakeViews } from '../../../../workers/texture/bake-texels.ts';
import type { ImageRgb8 } from '../../../../workers/texture/image-rgb8.ts';
import { interpolateAtTexel, rasterizeUv } from '../../../../workers/texture/rasterize-uv.ts';
import { linearToSrgb } from '../../../../workers/texture/srgb.ts';
import { type Paint, photograph, type Vector } from '../../../helpers/photograph.ts';
import { createUvBox, createUvSphere, joinUvMeshes, type TexturedMesh } from '../../../helpers/texture-shapes.ts';

const SIZE = 128;
const PICTURE = 176;

/** Soft checks of two colours with a period of 0.5 world units. */
const CHECKS: Paint = ([x, y, z]) => {
  const wave = Math.sin(4 * Math.PI * x) * Math.sin(4 * Math.PI * y) * Math.cos(2 * Math.PI * z);
  const t = 0.5 + 0.5 * Math.tanh(3 * wave);
  return [0.1 + 0.6 * t, 0.5 - 0.3 * t, 0.2 + 0.1 * t];
};

/** Calls back with position, normal and the colour of every covered texel. */
function forEachTexel(
  mesh: TexturedMesh,
  image: ImageRgb8,
  visit: (point: Vector, normal: Vector, color: Vector, texel: number) => void,
): void {
  const texels = rasterizeUv(mesh, image.width, 0);
  const point = [0, 0, 0];
  const normal = [0, 0, 0];
  for (let i = 0; i < texels.faceId.length; i++) {
    if (texels.faceId[i]! < 0) continue;
    interpolateAtTexel(texels, i, mesh.indices, mesh.positions, 3, point);
    interpolateAtTexel(texels, i, mesh.indices, mesh.normals, 3, normal);
    visit(
      point as unknown as Vector,
      normal as unknown as Vector,
      [...image.pixels.subarray(3 * i, 3 * i + 3)] as unknown as Vector,
      i,
    );
  }
}

function psnr(squaredErrors: number[]): number {
  return 10 * Math.log10((255 * 255 * squaredErrors.length) / squaredErrors.reduce((sum, e) => sum + e, 0));
}

describe('bakeViews', () => {
  test('re-projects a painted box from four pictures with more than 30 dB on its sides', () => {
    const box = createUvBox([0.9, 0.8, 0.7], 8);
    const views = VIEW_NAMES.map((name) => photograph(box, name, PICTURE, CHECKS));
    const { baseColor } = bakeViews(box, views, { size: SIZE, flatten: 0 });
    const errors: number[] = [];
    forEachTexel(box, baseColor, (point, normal, color) => {
      if (Math.abs(normal[1]) > 0.5) return;
      const truth = CHECKS(point, normal, views[0]!.camera).map(linearToSrgb);
      for (let k = 0; k < 3; k++) errors.push((color[k]! - truth[k]!) ** 2);
    });
    expect(errors.length).toBeGreaterThan(5000);
    expect(psnr(errors)).toBeGreaterThan(30);
  });

  test('does not paint the occluder onto what it hides', () => {
    // a red slab in front of a green wall; nothing but the front picture
    const scene = joinUvMeshes([createUvBox([0.3, 0.3, 0.1], 6, [0, 0, 0.6]), createUvBox([0.9, 0.9, 0.1], 16)]);
    const paint: Paint = ([, , z]) => (z > 0.3 ? [0.8, 0.02, 0.02] : [0.02, 0.6, 0.02]);
    const { baseColor } = bakeViews(scene, [photograph(scene, 'front', PICTURE, paint)], {
      size: 2 * SIZE,
      flatten: 0,
    });
    let hidden = 0;
    forEachTexel(scene, baseColor, ([x, y, z], normal, color) => {
      if (z > 0.3 || normal[2] < 0.5 || Math.max(Math.abs(x), Math.abs(y)) > 0.25) return;
      hidden++;
      expect(color[1]).toBeGreaterThan(150);
      expect(color[0]).toBeLessThan(90);
    });
    expect(hidden).toBeGreaterThan(300);
  });

  test('leaves no texel black, magenta or unset: neither unseen sides nor gutters', () => {
    const sphere = createUvSphere(0.9);
    const paint: Paint = ([, y]) => [0.4 + 0.2 * y, 0.5, 0.3];
    const { baseColor } = bakeViews(sphere, [photograph(sphere, 'front', PICTURE, paint)], { size: SIZE });
    for (let i = 0; i < baseColor.pixels.length; i += 3) {
      const [r, g, b] = baseColor.pixels.subarray(i, i + 3);
      // the background's magenta would lower green below blue
      expect(g!).toBeGreaterThan(b!);
      expect(Math.min(r!, g!, b!)).toBeGreaterThan(100);
    }
  });

  test('carries bands around to the side that no picture shows', () => {
    const cylinderLike = createUvSphere(0.9, 96, 64);
    const bands: Paint = ([, y]) => (Math.abs(y) < 0.3 ? [0.7, 0.1, 0.1] : [0.1, 0.1, 0.7]);
    const { baseColor } = bakeViews(cylinderLike, [photograph(cylinderLike, 'front', PICTURE, bands)], { size: SIZE });
    let right = 0;
    let total = 0;
    forEachTexel(cylinderLike, baseColor, ([, y, z], _, color) => {
      if (z > -0.3 || Math.abs(Math.abs(y) - 0.3) < 0.08 || Math.abs(y) > 0.8) return;
      total++;
      if (color[0] > color[2] === Math.abs(y) < 0.3) right++;
    });
    expect(total).toBeGreaterThan(1000);
    expect(right / total).toBeGreaterThan(0.97);
  });

  test('mirrors a side picture onto the other side', () => {
    const box = createUvBox([0.8, 0.8, 0.8], 6);
    const paint: Paint = ([x, y, z]) => (Math.abs(x) > 0.79 && y * z > 0 ? [0.8, 0.7, 0.05] : [0.05, 0.2, 0.6]);
    const views = [photograph(box, 'front', PICTURE, paint), photograph(box, 'left', PICTURE, paint)];
    const { baseColor } = bakeViews(box, views, { size: SIZE, flatten: 0 });
    let right = 0;
    let total = 0;
    forEachTexel(box, baseColor, ([, y, z], normal, color) => {
      if (normal[0] > -0.5 || Math.min(Math.abs(y), Math.abs(z)) < 0.1 || Math.max(Math.abs(y), Math.abs(z)) > 0.7)
        return;
      total++;
      if (color[0] > color[2] === y * z > 0) right++;
    });
    expect(total).toBeGreaterThan(500);
    expect(right / total).toBeGreaterThan(0.99);
  });

  test('says where the pictures are to be trusted', () => {
    const box = createUvBox();
    const { weight } = bakeViews(box, [photograph(box, 'front', PICTURE, () => [0.5, 0.5, 0.5])], { size: SIZE });
    const image = { width: SIZE, height: SIZE, pixels: new Uint8Array(3 * SIZE * SIZE) };
    forEachTexel(box, image, ([x, y], normal, _, texel) => {
      const isInner = Math.max(Math.abs(x), Math.abs(y)) < 0.9;
      if (normal[2] > 0.5 && isInner) expect(weight[texel]!).toBeGreaterThan(200);
      if (normal[2] < 0.5) expect(weight[texel]!).toBeLessThan(10);
    });
  });

  test('gives the same bytes for the same input', () => {
    const sphere = createUvSphere(0.8);
    const views = VIEW_NAMES.map((name) => photograph(sphere, name, 128, CHECKS));
    const first = bakeViews(sphere, views, { size: 128 });
    expect(bakeViews(sphere, views, { size: 128 }).baseColor.pixels).toEqual(first.baseColor.pixels);
  });
});
