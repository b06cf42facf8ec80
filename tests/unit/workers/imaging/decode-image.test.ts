import { describe, expect, test } from 'bun:test';
import sharp, { type Sharp } from 'sharp';
import { AppError } from '../../../../src/errors.ts';
import { decodeImage, MAX_DECODED_SIDE } from '../../../../workers/imaging/decode-image.ts';
import { seededRandom } from '../../../helpers/pictures.ts';

const options = { maxPixels: 40e6, name: 'left' };
const [WIDTH, HEIGHT] = [48, 32];

/** Left half red, right half blue, upper left quarter green: every flip and turn is told apart. */
function quarters(): Sharp {
  const pixels = new Uint8Array(3 * WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const color = x >= WIDTH / 2 ? [20, 40, 200] : y < HEIGHT / 2 ? [30, 180, 60] : [200, 30, 40];
      pixels.set(color, 3 * (y * WIDTH + x));
    }
  }
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

async function toBytes(image: Sharp): Promise<Uint8Array> {
  return new Uint8Array(await image.toBuffer());
}

async function decode(image: Sharp) {
  return decodeImage(await toBytes(image), options);
}

type Decoded = Awaited<ReturnType<typeof decodeImage>>;

function colorAt({ width, pixels }: Decoded, x: number, y: number): number[] {
  return [...pixels.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)];
}

function expectColor(actual: number[], expected: number[], tolerance: number): void {
  for (let c = 0; c < 4; c++) expect(Math.abs(actual[c]! - expected[c]!)).toBeLessThanOrEqual(tolerance);
}

function expectQuarters(image: Decoded, tolerance: number): void {
  expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
  expectColor(colorAt(image, 8, 8), [30, 180, 60, 255], tolerance);
  expectColor(colorAt(image, 8, 24), [200, 30, 40, 255], tolerance);
  expectColor(colorAt(image, 40, 16), [20, 40, 200, 255], tolerance);
}

async function failureOf(bytes: Uint8Array, maxPixels = options.maxPixels): Promise<AppError> {
  try {
    await decodeImage(bytes, { ...options, maxPixels });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected the picture to be refused');
}

describe('decodeImage', () => {
  test('reads each accepted format', async () => {
    const cases: Array<[Sharp, string, number]> = [
      [quarters().png(), 'png', 0],
      [quarters().png({ palette: true }), 'png', 2],
      [quarters().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }), 'jpeg', 6],
      [quarters().webp({ lossless: true }), 'webp', 0],
      [quarters().avif({ quality: 90, chromaSubsampling: '4:4:4' }), 'avif', 8],
      [quarters().tiff({ compression: 'lzw' }), 'tiff', 0],
      [quarters().gif(), 'gif', 4],
    ];
    for (const [image, format, tolerance] of cases) {
      const decoded = await decode(image);
      expect(decoded.format as string).toBe(format);
      expectQuarters(decoded, tolerance);
    }
  });

  test('turns a JPEG upright for each EXIF orientation', async () => {
    // What must be done to an upright picture so that the tag says how to undo it.
    const stored: Record<number, (image: Sharp) => Sharp> = {
      1: (image) => image,
      2: (image) => image.flop(),
      3: (image) => image.rotate(180),
      4: (image) => image.flip(),
      6: (image) => image.rotate(270),
      8: (image) => image.rotate(90),
    };
    for (const [orientation, turn] of Object.entries(stored)) {
      const turned = await turn(quarters()).png().toBuffer();
      const bytes = await toBytes(
        sharp(turned)
          .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
          .withMetadata({ orientation: Number(orientation) }),
      );
      const image = await decodeImage(bytes, options);
      expectQuarters(image, 8);
      expect([image.sourceWidth, image.sourceHeight]).toEqual([WIDTH, HEIGHT]);
    }
  });

  test('reduces 16 bits a channel to 8', async () => {
    expectQuarters(await decode(quarters().toColourspace('rgb16').png()), 1);
    const grey = await decode(quarters().greyscale().toColourspace('grey16').png());
    const eight = await decode(quarters().greyscale().png());
    expectColor(colorAt(grey, 40, 16), colorAt(eight, 40, 16), 1);
  });

  test('expands grey with alpha to four channels', async () => {
    const image = await decode(quarters().greyscale().ensureAlpha(0.5).png());
    expect(image.hasAlpha).toBe(true);
    const [red, green, blue, alpha] = colorAt(image, 8, 8);
    expect([green, blue]).toEqual([red, red]);
    expect(alpha).toBeWithin(127, 129);
  });

  test('keeps the transparency of a palette', async () => {
    const pixels = new Uint8Array(4 * 16 * 16);
    for (let i = 0; i < 256; i++) pixels.set(i % 16 < 8 ? [255, 0, 0, 255] : [0, 0, 0, 0], 4 * i);
    const image = await decode(sharp(pixels, { raw: { width: 16, height: 16, channels: 4 } }).png({ palette: true }));
    expect(image.hasAlpha).toBe(true);
    expect(colorAt(image, 2, 8)).toEqual([255, 0, 0, 255]);
    expect(colorAt(image, 12, 8)[3]).toBe(0);
  });

  test('converts CMYK', async () => {
    const image = await decode(quarters().toColourspace('cmyk').jpeg({ quality: 100, chromaSubsampling: '4:4:4' }));
    // The press gamut is smaller, most of all in blue.
    expectColor(colorAt(image, 8, 24), [200, 30, 40, 255], 25);
    expectColor(colorAt(image, 8, 8), [30, 180, 60, 255], 60);
  });

  test('converts an embedded Display P3 profile to sRGB', async () => {
    const image = await decode(quarters().withIccProfile('p3').png());
    const stored = await sharp(await quarters().withIccProfile('p3').png().toBuffer(), { ignoreIcc: true })
      .raw()
      .toBuffer();
    // The numbers in the file are those of P3, visibly others than in sRGB; decoded, they are back.
    expect(Math.abs(stored[3 * (24 * WIDTH + 8)]! - 200)).toBeGreaterThan(5);
    expectQuarters(image, 3);
  });

  test('takes the first frame of animated GIF and WebP and the first page of TIFF', async () => {
    const frames = await Promise.all(
      [quarters(), quarters().negate(), quarters().flop()].map((frame) => frame.png().toBuffer()),
    );
    for (const format of ['gif', 'webp', 'tiff'] as const) {
      const animated = sharp(frames, { join: { animated: true } }).toFormat(format, { lossless: true });
      const bytes = await toBytes(animated);
      expect((await sharp(bytes, { pages: -1 }).metadata()).pages).toBe(3);
      expectQuarters(await decodeImage(bytes, options), 4);
    }
  });

  test('reduces a large picture, without dark rims where it is transparent', async () => {
    const side = MAX_DECODED_SIDE * 2;
    const svgFree = sharp({
      create: { width: side, height: 64, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    });
    const white = { create: { width: side / 3, height: 64, channels: 4 as const, background: '#ffffff' } };
    const image = await decode(svgFree.composite([{ input: white, left: 100, top: 0 }]).png());
    expect([image.width, image.height]).toEqual([MAX_DECODED_SIDE, 32]);
    expect([image.sourceWidth, image.sourceHeight]).toEqual([side, 64]);
    let darkest = 255;
    for (let i = 0; i < image.pixels.length; i += 4) {
      if (image.pixels[i + 3]! > 8) darkest = Math.min(darkest, image.pixels[i]!);
    }
    expect(darkest).toBeGreaterThan(250);
  });

  test('refuses a truncated file of every format at every tenth of its length', async () => {
    const random = seededRandom(3);
    const noise = Uint8Array.from({ length: 3 * 64 * 64 }, () => 256 * random());
    const image = (): Sharp => sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    for (const format of ['png', 'jpeg', 'webp', 'avif', 'tiff', 'gif'] as const) {
      const bytes = await toBytes(image().toFormat(format));
      for (let tenth = 1; tenth < 10; tenth++) {
        const error = await failureOf(bytes.slice(0, Math.floor((bytes.length * tenth) / 10)));
        expect(error.code).toBe('image.unreadable');
        expect(error.message).toStartWith('The left picture');
      }
    }
  });

  test('refuses a bomb from its header, before any pixel is decoded', async () => {
    const png = await toBytes(quarters().png());
    const bomb = png.slice();
    new DataView(bomb.buffer).setUint32(16, 30_000);
    new DataView(bomb.buffer).setUint32(20, 30_000);
    // The header's checksum must hold, or the file counts as damaged.
    new DataView(bomb.buffer).setUint32(29, Bun.hash.crc32(bomb.subarray(12, 29)));
    const error = await failureOf(bomb);
    expect(error.code).toBe('image.too_large');
    expect(error.message).toContain('30000 x 30000');
    expect(error.message).toContain('40.0 megapixels');
  });

  test('counts pixels up to and including the limit as accepted', async () => {
    const bytes = await toBytes(quarters().png());
    expect((await decodeImage(bytes, { ...options, maxPixels: WIDTH * HEIGHT })).width).toBe(WIDTH);
    expect((await failureOf(bytes, WIDTH * HEIGHT - 1)).code).toBe('image.too_large');
  });

  test('refuses what is no accepted picture and says what it is', async () => {
    const text = (content: string): Uint8Array => new TextEncoder().encode(content);
    const cases: Array<[Uint8Array, string]> = [
      [text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'an SVG drawing'],
      [text('<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg"/>'), 'an SVG drawing'],
      [text('%PDF-1.7 ...'), 'a PDF document'],
      [text('hello'), 'another type'],
      [new Uint8Array(0), 'an empty file'],
      [text('BM and more'), 'a BMP picture'],
    ];
    for (const [bytes, description] of cases) {
      const error = await failureOf(bytes);
      expect(error.code).toBe('image.unsupported');
      expect(error.message).toContain(description);
    }
  });

  test('does not reach an SVG parser through a picture signature', async () => {
    const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    for (const magic of [[0xff, 0xd8, 0xff], [...Buffer.from('GIF89a')], [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]]) {
      expect((await failureOf(Uint8Array.from([...magic, ...svg]))).code).toBe('image.unreadable');
    }
    await expect(sharp(svg).metadata()).rejects.toThrow('unsupported');
  });
});
