import { expect, test } from 'bun:test';
import { decodeImage } from '../../../../workers/imaging/decode-image.ts';
import { encodeJpeg, encodePng, encodeWebp } from '../../../../workers/imaging/encode-image.ts';

const [WIDTH, HEIGHT] = [20, 12];
const limits = { maxPixels: 1e6, name: 'front' };

function gradient(channels: number): Uint8Array {
  return Uint8Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) => {
    const p = Math.floor(i / channels);
    return [12 * (p % WIDTH), 20 * Math.floor(p / WIDTH), 128, 40 + 10 * (p % WIDTH)][i % channels]!;
  });
}

test('PNG and lossless WebP give back the same pixels, those under transparency too', async () => {
  const pixels = gradient(4);
  pixels[3] = 0;
  for (const bytes of [
    await encodePng(pixels, WIDTH, HEIGHT, 4),
    await encodeWebp(pixels, WIDTH, HEIGHT, 4, { lossless: true }),
  ]) {
    expect((await decodeImage(bytes, limits)).pixels).toEqual(pixels);
  }
});

test('PNG stores grey as grey and RGB', async () => {
  const png = await encodePng(gradient(1), WIDTH, HEIGHT, 1);
  const COLOR_TYPE_AT = 25;
  expect(png[COLOR_TYPE_AT]).toBe(0);
  const grey = await decodeImage(png, limits);
  expect([...grey.pixels.subarray(4, 8)]).toEqual([12, 12, 12, 255]);
  const rgb = await decodeImage(await encodePng(gradient(3), WIDTH, HEIGHT, 3), limits);
  expect([...rgb.pixels.subarray(4, 8)]).toEqual([12, 0, 128, 255]);
});

test('JPEG drops alpha without blending and stays close', async () => {
  const pixels = gradient(4);
  const { pixels: decoded, hasAlpha } = await decodeImage(await encodeJpeg(pixels, WIDTH, HEIGHT, 4), limits);
  expect(hasAlpha).toBe(false);
  for (let i = 0; i < pixels.length; i++) if (i % 4 !== 3) expect(Math.abs(decoded[i]! - pixels[i]!)).toBeLessThan(8);
});

test('the same pixels give the same bytes', async () => {
  for (const encode of [encodePng, encodeJpeg, encodeWebp]) {
    expect(await encode(gradient(3), WIDTH, HEIGHT, 3)).toEqual(await encode(gradient(3), WIDTH, HEIGHT, 3));
  }
});

test('a buffer of the wrong length is refused', async () => {
  await expect(encodePng(new Uint8Array(10), 2, 2, 3)).rejects.toThrow('expected 12 bytes');
});
