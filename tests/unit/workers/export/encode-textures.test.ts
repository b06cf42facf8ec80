import { expect, test } from 'bun:test';
import { encodeTextures } from '../../../../workers/export/encode-textures.ts';
import { decodeImage } from '../../../../workers/imaging/decode-image.ts';
import type { ImageRgb8 } from '../../../../workers/texture/image-rgb8.ts';

const SIZE = 64;

/** A normal map of small bumps: neighbouring texels differ in all channels. */
function bumps(): ImageRgb8 {
  const pixels = new Uint8Array(3 * SIZE * SIZE);
  for (let i = 0; i < SIZE * SIZE; i++) {
    const [x, y] = [0.4 * Math.sin(i % SIZE), 0.4 * Math.cos(1.3 * Math.floor(i / SIZE))];
    pixels.set(
      [x, y, Math.sqrt(1 - x * x - y * y)].map((v) => Math.round((v + 1) * 127.5)),
      3 * i,
    );
  }
  return { width: SIZE, height: SIZE, pixels };
}

async function readBack(bytes: Uint8Array): Promise<Uint8Array> {
  const { pixels } = await decodeImage(bytes, { maxPixels: SIZE * SIZE, name: 'front' });
  return pixels.filter((_, i) => i % 4 !== 3);
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
}

test('every map comes back in its own place and format', async () => {
  const flat = { ...bumps(), pixels: new Uint8Array(3 * SIZE * SIZE).fill(90) };
  for (const format of ['png', 'jpeg', 'webp'] as const) {
    const encoded = await encodeTextures({ baseColor: flat, normal: bumps() }, format);
    expect(Object.keys(encoded)).toEqual(['baseColor', 'normal']);
    expect(encoded.baseColor.format).toBe(format);
    expect(largestDifference(await readBack(encoded.baseColor.bytes), flat.pixels)).toBeLessThanOrEqual(2);
  }
});

test('png keeps all maps exactly, webp the normal map', async () => {
  const maps = { baseColor: bumps(), metallicRoughness: bumps(), normal: bumps() };
  const png = await encodeTextures(maps, 'png');
  for (const map of Object.values(png)) expect(await readBack(map.bytes)).toEqual(maps.normal.pixels);
  const webp = await encodeTextures(maps, 'webp');
  expect(await readBack(webp.normal!.bytes)).toEqual(maps.normal.pixels);
  expect(await readBack(webp.baseColor.bytes)).not.toEqual(maps.normal.pixels);
});

test('jpeg bends normals by a few steps at most', async () => {
  const { normal } = await encodeTextures({ baseColor: bumps(), normal: bumps() }, 'jpeg');
  expect(largestDifference(await readBack(normal!.bytes), bumps().pixels)).toBeLessThanOrEqual(12);
});
