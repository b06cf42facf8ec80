import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { IMAGE_FORMATS, readImageHeader, sniffImageFormat } from '../../../../src/http/image-header.ts';
import {
  avifHeader,
  gifHeader,
  jpegHeader,
  pngHeader,
  pngOf,
  tiffHeader,
  webpHeader,
} from '../../../helpers/picture-bytes.ts';

const canvas = (channels: 3 | 4) =>
  sharp({ create: { width: 77, height: 33, channels, background: { r: 200, g: 30, b: 30, alpha: 0.5 } } });
const size = { width: 77, height: 33 };

const encoded: Array<[string, Uint8Array]> = [
  ['png', await canvas(4).png().toBuffer()],
  ['png of our own', pngOf(77, 33)],
  ['jpeg', await canvas(3).jpeg().toBuffer()],
  ['jpeg, progressive, with metadata', await canvas(3).jpeg({ progressive: true }).withMetadata().toBuffer()],
  ['webp, lossy', await canvas(3).webp().toBuffer()],
  ['webp, lossless', await canvas(4).webp({ lossless: true }).toBuffer()],
  ['webp, lossy with alpha', await canvas(4).webp().toBuffer()],
  ['avif', await canvas(4).avif({ effort: 0 }).toBuffer()],
  ['tiff', await canvas(4).tiff().toBuffer()],
  ['tiff, BigTIFF', await canvas(3).tiff({ bigtiff: true, compression: 'deflate' }).toBuffer()],
  ['gif', await canvas(4).gif().toBuffer()],
];

describe('readImageHeader', () => {
  test.each(encoded)('reads the size of a real picture: %s', (name, bytes) => {
    expect(readImageHeader(bytes)).toEqual({
      format: IMAGE_FORMATS.find((format) => name.startsWith(format)),
      ...size,
    } as never);
  });

  test.each(encoded)('a cut-off picture has the right size or none: %s', (_, bytes) => {
    for (let end = 0; end < Math.min(bytes.length, 2000); end++) {
      const header = readImageHeader(bytes.subarray(0, end));
      if (header) expect(header).toMatchObject(size);
    }
  });

  test.each([
    ['png', pngHeader(30_000, 40_000)],
    ['jpeg', jpegHeader(30_000, 40_000)],
    ['gif', gifHeader(30_000, 40_000)],
    ['webp', webpHeader(30_000, 40_000)],
    ['tiff', tiffHeader(30_000, 40_000)],
    ['tiff', tiffHeader(30_000, 40_000, 'MM')],
    ['avif', avifHeader({ width: 30_000, height: 40_000 })],
  ] as const)('believes what a %s header of a few bytes announces', (format, bytes) => {
    expect(readImageHeader(bytes)).toEqual({ format, width: 30_000, height: 40_000 });
  });

  test('a GIF frame that reaches beyond the screen counts', () => {
    const frame = { left: 10, top: 20, width: 60_000, height: 50_000 };
    expect(readImageHeader(gifHeader(16, 16, frame))).toEqual({ format: 'gif', width: 60_010, height: 50_020 });
  });

  test('the grid of an AVIF counts, not its tiles', () => {
    const bytes = avifHeader({ width: 512, height: 512 }, { width: 4096, height: 3072 }, { width: 160, height: 120 });
    expect(readImageHeader(bytes)).toMatchObject({ width: 4096, height: 3072 });
  });

  test.each([
    ['png', pngHeader(0, 5)],
    ['jpeg', jpegHeader(5, 0)],
    ['gif', gifHeader(0, 0)],
    ['tiff', tiffHeader(0, 5)],
    ['avif', avifHeader({ width: 0, height: 0 })],
    ['avif', avifHeader()],
  ] as const)('a %s without an area has no size', (format, bytes) => {
    expect(sniffImageFormat(bytes)).toBe(format);
    expect(readImageHeader(bytes)).toBeUndefined();
  });

  test('never throws and never hangs on arbitrary bytes behind each signature', () => {
    const signatures = encoded.map(([, bytes]) => bytes.subarray(0, 16));
    fc.assert(
      fc.property(fc.constantFrom(...signatures), fc.uint8Array({ maxLength: 400 }), (signature, rest) => {
        const header = readImageHeader(Buffer.concat([signature, rest]));
        if (header) expect(Math.min(header.width, header.height)).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  test('never throws on real pictures with changed bytes', () => {
    const change = fc.tuple(fc.nat(300), fc.nat(255));
    fc.assert(
      fc.property(fc.constantFrom(...encoded), fc.array(change, { maxLength: 6 }), ([, bytes], changes) => {
        const copy = Uint8Array.from(bytes);
        for (const [at, value] of changes) copy[at % copy.length] = value;
        readImageHeader(copy);
      }),
      { numRuns: 2000 },
    );
  });

  test('reads from a view into a larger buffer', () => {
    const bytes = Buffer.concat([Buffer.alloc(7, 255), pngHeader(20, 30), Buffer.alloc(9, 255)]);
    expect(readImageHeader(bytes.subarray(7, -9))).toEqual({ format: 'png', width: 20, height: 30 });
  });

  test.each([
    ['nothing', ''],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
    ['PDF', '%PDF-1.7'],
    ['ZIP', 'PK\x03\x04'],
    ['BMP', 'BM\x46\0\0\0'],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['MP4', '\0\0\0\x18ftypisom\0\0\x02\0isommp41'],
    ['an AVI in RIFF', 'RIFF\x24\0\0\0AVI LIST'],
    ['an old PNG signature', '\x89PNG\n\n\x1a\n'],
    ['a TIFF of unknown version', 'II\x2c\0'],
    ['text that starts like a GIF', 'GIF90a'],
  ])('%s is none of the six formats', (_, text) => {
    expect(sniffImageFormat(Buffer.from(text, 'latin1'))).toBeUndefined();
    expect(readImageHeader(Buffer.from(text, 'latin1'))).toBeUndefined();
  });
});
