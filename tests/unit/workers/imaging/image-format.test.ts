import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { describeUnsupported, detectImageFormat } from '../../../../workers/imaging/image-format.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

test('formats are told by their magic bytes', () => {
  expect(detectImageFormat(bytes('\x89PNG\r\n\x1a\n'))).toBe('png');
  expect(detectImageFormat(bytes('\xff\xd8\xff\xe0'))).toBe('jpeg');
  expect(detectImageFormat(bytes('GIF87a'))).toBe('gif');
  expect(detectImageFormat(bytes('RIFF\0\0\0\0WEBP'))).toBe('webp');
  expect(detectImageFormat(bytes('RIFF\0\0\0\0WAVE'))).toBeUndefined();
  expect(detectImageFormat(bytes('II*\0'))).toBe('tiff');
  expect(detectImageFormat(bytes('MM\0+'))).toBe('tiff');
});

test('AVIF is told from HEIC by any of its brands, not by the minor version', () => {
  expect(detectImageFormat(bytes('\0\0\0\x14ftypavif\0\0\0\0mif1'))).toBe('avif');
  expect(detectImageFormat(bytes('\0\0\0\x18ftypmif1\0\0\0\0mif1avif'))).toBe('avif');
  expect(detectImageFormat(bytes('\0\0\0\x14ftypheicavifmif1'))).toBeUndefined();
  expect(describeUnsupported(bytes('\0\0\0\x14ftypheic\0\0\0\0mif1'))).toBe('a HEIC picture');
});

test('brands behind the end of their box do not count', () => {
  expect(detectImageFormat(bytes('\0\0\0\x10ftypisom\0\0\0\0avif'))).toBeUndefined();
});

test('no bytes make it throw', () => {
  const prefix = fc.constantFrom('', '\0\0\0\x14ftyp', 'RIFF', '<svg', 'II*\0');
  fc.assert(
    fc.property(prefix, fc.uint8Array({ maxLength: 64 }), (start, rest) => {
      const input = Uint8Array.from([...bytes(start), ...rest]);
      detectImageFormat(input);
      expect(describeUnsupported(input)).toMatch(/^an? /);
    }),
  );
});
