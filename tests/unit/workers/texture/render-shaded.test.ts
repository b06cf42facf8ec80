import { describe, expect, test } from 'bun:test';
import { orbitCamera } from '../../../../workers/texture/camera.ts';
import { createGroundShadow } from '../../../../workers/texture/ground-shadow.ts';
import {
  frameMesh,
  prepareScene,
  renderPreview,
  renderShaded,
  renderSheet,
} from '../../../../workers/texture/render-shaded.ts';
import { createUvBox, createUvSphere } from '../../../helpers/texture-shapes.ts';

function createColor(r: number, g: number, b: number) {
  const pixels = new Uint8Array(3 * 16 * 16);
  for (let i = 0; i < pixels.length; i += 3) pixels.set([r, g, b], i);
  return { width: 16, height: 16, pixels };
}

const sphere = createUvSphere(0.7, 48, 24);
const camera = orbitCamera(0, 0, 1);
const pixelAt = (image: { width: number; pixels: Uint8Array }, x: number, y: number) => [
  ...image.pixels.subarray(4 * (y * image.width + x), 4 * (y * image.width + x) + 4),
];

describe('renderShaded', () => {
  test('covers the outline with alpha and leaves a transparent background empty', () => {
    const image = renderShaded(prepareScene(sphere, {}, 64), camera, 100, 100, { background: 'transparent' });
    let covered = 0;
    for (let i = 3; i < image.pixels.length; i += 4) covered += image.pixels[i]! / 255;
    expect(Math.abs(covered / (Math.PI * 35 ** 2) - 1)).toBeLessThan(0.01);
    expect(pixelAt(image, 2, 2)).toEqual([0, 0, 0, 0]);
  });

  test('lights from the upper left and shows the base colour', () => {
    const scene = prepareScene(sphere, { baseColor: createColor(180, 60, 50) }, 64);
    const image = renderShaded(scene, camera, 100, 100, { background: 'transparent' });
    const upperLeft = pixelAt(image, 37, 37);
    const lowerRight = pixelAt(image, 66, 68);
    expect(upperLeft[0]!).toBeGreaterThan(lowerRight[0]! + 20);
    for (const [r, g, b] of [upperLeft, lowerRight]) {
      expect(r!).toBeGreaterThan(1.5 * g!);
      expect(r!).toBeGreaterThan(1.5 * b!);
      expect(r!).toBeGreaterThan(60);
    }
  });

  test('a normal map tilts the light, a smooth surface has a brighter highlight', () => {
    const flat = { baseColor: createColor(128, 128, 128) };
    const box = createUvBox([0.7, 0.7, 0.7], 2);
    const plain = renderShaded(prepareScene(box, flat, 64), camera, 40, 40);
    // leaning to the upper left, towards the key light
    const tilted = prepareScene(box, { ...flat, normal: createColor(64, 192, 210) }, 64);
    expect(pixelAt(renderShaded(tilted, camera, 40, 40), 20, 20)[0]!).toBeGreaterThan(pixelAt(plain, 20, 20)[0]! + 8);

    const brightest = (roughness: number) => {
      const scene = prepareScene(sphere, { ...flat, metallicRoughness: createColor(255, roughness, 0) }, 64);
      const { pixels } = renderShaded(scene, camera, 64, 64, { background: 'transparent' });
      return pixels.reduce((max, value, i) => (i % 4 === 3 ? max : Math.max(max, value)), 0);
    };
    expect(brightest(60)).toBeGreaterThan(brightest(250) + 10);
  });

  test('fills the studio background', () => {
    const image = renderShaded(prepareScene(createUvBox([0.5, 0.5, 0.5], 2), {}, 64), camera, 40, 40);
    for (let i = 3; i < image.pixels.length; i += 4) expect(image.pixels[i]).toBe(255);
  });
});

describe('createGroundShadow', () => {
  test('is dark under the mesh, fades with distance and is not seen edge-on', () => {
    const shadow = createGroundShadow(createUvBox([0.5, 0.5, 0.5], 2));
    const above = orbitCamera(0, 90, 2, [0, -0.5, 0]);
    expect(shadow.darkness(above, 0.5, 0.5)).toBeGreaterThan(0.3);
    const rim = shadow.darkness(above, 0.64, 0.5);
    expect(rim).toBeGreaterThan(0);
    expect(rim).toBeLessThan(0.15);
    expect(shadow.darkness(above, 0.95, 0.5)).toBe(0);
    expect(shadow.darkness(orbitCamera(0, 0, 2), 0.5, 0.7)).toBe(0);
  });
});

describe('renderPreview and renderSheet', () => {
  test('frame the whole mesh, wherever and however large it is', () => {
    const moved = createUvBox([3, 0.2, 0.5], 1, [10, -4, 2]);
    for (const framed of frameMesh(moved, [orbitCamera(0, 0, 1), orbitCamera(50, 30, 1)], 1.1)) {
      expect(framed.halfWidth).toBeCloseTo(3.3, 2);
      const image = renderShaded(prepareScene(moved, {}, 64), framed, 60, 60, { background: 'transparent' });
      for (let k = 0; k < 60; k++) {
        expect(pixelAt(image, 0, k)[3]).toBe(0);
        expect(pixelAt(image, 59, k)[3]).toBe(0);
      }
      expect(image.pixels.some((value, i) => i % 4 === 3 && value === 255)).toBe(true);
    }
  });

  test('have the sizes asked for and six different tiles', () => {
    const textures = { baseColor: createColor(90, 120, 200) };
    const preview = renderPreview(sphere, textures, { size: 64 });
    expect([preview.width, preview.height, preview.pixels.length]).toEqual([64, 64, 4 * 64 * 64]);
    const sheet = renderSheet(createUvBox([0.5, 0.8, 0.3], 2), textures, { tileSize: 40 });
    expect([sheet.width, sheet.height]).toEqual([120, 80]);
    const centres = [20, 60, 100].flatMap((x) => [20, 60].map((y) => pixelAt(sheet, x, y)[2]!));
    for (const value of centres) expect(value).toBeGreaterThan(60);
  });
});
