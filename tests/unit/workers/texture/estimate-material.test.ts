import { describe, expect, test } from 'bun:test';
import {
  DEFAULT_METALLIC,
  DEFAULT_ROUGHNESS,
  estimateMaterial,
  type MaterialMap,
} from '../../../../workers/texture/estimate-material.ts';

const SIZE = 128;

/** Picture of a fully covered frame; `paint` gives 8-bit sRGB. */
function createPicture(paint: (x: number, y: number) => readonly [number, number, number]) {
  const pixels = new Uint8Array(4 * SIZE * SIZE);
  for (let i = 0; i < SIZE * SIZE; i++) pixels.set([...paint(i % SIZE, Math.floor(i / SIZE)), 255], 4 * i);
  return {
    width: SIZE,
    height: SIZE,
    pixels,
    logLight: new Float32Array(SIZE * SIZE),
    weight: new Float32Array(SIZE * SIZE).fill(1),
  };
}

/** The estimate at a place of the picture. */
const at = (map: MaterialMap, x: number, y: number) => {
  const i = 2 * ((y >> 1) * map.width + (x >> 1));
  return { roughness: map.values[i]!, metallic: map.values[i + 1]! };
};

describe('estimateMaterial', () => {
  test('takes plain and painted surfaces for rough dielectrics', () => {
    const painted = createPicture((x, y) => (((x >> 4) + (y >> 4)) % 2 === 0 ? [180, 60, 40] : [40, 60, 160]));
    const map = estimateMaterial(painted);
    for (let i = 0; i < map.values.length; i += 2) {
      expect(map.values[i]!).toBeGreaterThan(DEFAULT_ROUGHNESS - 0.2);
      expect(map.values[i + 1]!).toBeLessThan(0.05);
    }
    const { roughness, metallic } = at(estimateMaterial(createPicture(() => [120, 130, 90])), 64, 64);
    expect(roughness).toBeCloseTo(DEFAULT_ROUGHNESS, 5);
    expect(metallic).toBe(DEFAULT_METALLIC);
  });

  test('lowers the roughness around a pale highlight and only there', () => {
    const glossy = createPicture((x, y) => (Math.hypot(x - 40, y - 64) < 4 ? [250, 245, 240] : [150, 40, 30]));
    const map = estimateMaterial(glossy);
    expect(at(map, 40, 64).roughness).toBeLessThan(0.5);
    expect(at(map, 110, 64).roughness).toBeCloseTo(DEFAULT_ROUGHNESS, 2);
    // red lacquer is not metal
    expect(at(map, 40, 64).metallic).toBeLessThan(0.1);
  });

  test('takes a grey surface with strong highlights next to dark mirror images for metal', () => {
    const chrome = createPicture((x) => {
      const band = x % 12;
      return band < 3 ? [250, 250, 252] : band < 7 ? [110, 112, 115] : [35, 36, 38];
    });
    const { roughness, metallic } = at(estimateMaterial(chrome), 64, 64);
    expect(metallic).toBeGreaterThan(0.5);
    expect(roughness).toBeLessThan(0.5);
  });

  test('gives the defaults where nothing is seen', () => {
    const picture = createPicture(() => [200, 200, 200]);
    picture.weight.fill(0);
    const { roughness, metallic } = at(estimateMaterial(picture), 10, 10);
    expect(roughness).toBeCloseTo(DEFAULT_ROUGHNESS, 6);
    expect(metallic).toBe(DEFAULT_METALLIC);
  });
});
