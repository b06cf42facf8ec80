import sharp from 'sharp';
import { AppError } from '../../src/errors.ts';
import { describeUnsupported, detectImageFormat, type ImageFormat } from './image-format.ts';
import type { ImageRgba } from './prepared-view.ts';

/** Longest side of a decoded picture in pixels. Twice the prepared view: more detail cannot survive it. */
export const MAX_DECODED_SIDE = 1536;

/** Loaders of the accepted formats. All others stay shut, so that no file can reach an SVG or PDF parser. */
const ALLOWED_LOADERS = [
  'VipsForeignLoadPngBuffer',
  'VipsForeignLoadJpegBuffer',
  'VipsForeignLoadWebpBuffer',
  'VipsForeignLoadHeifBuffer',
  'VipsForeignLoadTiffBuffer',
  'VipsForeignLoadNsgifBuffer',
];

sharp.cache(false);
sharp.concurrency(2);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ALLOWED_LOADERS });

export interface DecodeOptions {
  /** Pictures with more pixels than this are refused from their header. */
  maxPixels: number;
  /** What the picture is called in error messages: `front`, `back`, `left` or `right`. */
  name: string;
}

export interface DecodedImage extends ImageRgba {
  format: ImageFormat;
  /** Whether the file has an alpha channel, be it a meaningful one or not. */
  hasAlpha: boolean;
  /** Size in the file after its EXIF orientation, before reduction to `MAX_DECODED_SIDE`. */
  sourceWidth: number;
  sourceHeight: number;
}

/**
 * Decodes the first frame of a PNG, JPEG, WebP, AVIF, TIFF or GIF file to upright 8-bit sRGB with straight alpha.
 * Applies the EXIF orientation and the embedded ICC profile; 16-bit, CMYK, grey and palette pictures are converted.
 * A picture whose longest side exceeds `MAX_DECODED_SIDE` is reduced to it (Lanczos, premultiplied).
 * @throws {AppError} `image.unsupported`, `image.too_large` or `image.unreadable`.
 */
export async function decodeImage(bytes: Uint8Array, { maxPixels, name }: DecodeOptions): Promise<DecodedImage> {
  const format = detectImageFormat(bytes);
  if (format === undefined) throw unsupported(name, describeUnsupported(bytes));
  const header = await readHeader(bytes, name);
  if (header.format !== (format === 'avif' ? 'heif' : format)) {
    throw unsupported(name, `a ${format} file that reads as ${header.format}`);
  }
  if (format === 'avif' && header.compression !== 'av1') throw unsupported(name, 'a HEIC picture');

  const { width: sourceWidth, height: sourceHeight } = header.autoOrient;
  const pixelCount = sourceWidth * sourceHeight;
  if (pixelCount > maxPixels) {
    throw new AppError(
      'image.too_large',
      `The ${name} picture has ${sourceWidth} x ${sourceHeight} pixels (${megapixels(pixelCount)}); ` +
        `at most ${megapixels(maxPixels)} are accepted. Send a smaller one.`,
      { details: { view: name, width: sourceWidth, height: sourceHeight, maxPixels } },
    );
  }

  const pipeline = sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, sequentialRead: true, pages: 1 })
    .autoOrient()
    .resize({
      width: MAX_DECODED_SIDE,
      height: MAX_DECODED_SIDE,
      fit: 'inside',
      withoutEnlargement: true,
      kernel: 'lanczos3',
    })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' });
  try {
    const { data, info } = await pipeline.toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return {
      width: info.width,
      height: info.height,
      pixels,
      format,
      hasAlpha: header.hasAlpha,
      sourceWidth,
      sourceHeight,
    };
  } catch (error) {
    throw unreadable(name, error);
  }
}

async function readHeader(bytes: Uint8Array, name: string) {
  try {
    return await sharp(bytes, { failOn: 'error', limitInputPixels: false }).metadata();
  } catch (error) {
    throw unreadable(name, error);
  }
}

function unsupported(name: string, found: string): AppError {
  return new AppError(
    'image.unsupported',
    `The ${name} picture is ${found}; expected PNG, JPEG, WebP, AVIF, TIFF or GIF. Convert it and send it again.`,
    { details: { view: name } },
  );
}

function unreadable(name: string, cause: unknown): AppError {
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '').trim() : String(cause);
  return new AppError(
    'image.unreadable',
    `The ${name} picture cannot be decoded, it is damaged or incomplete (${reason}). Export it again.`,
    { details: { view: name }, cause },
  );
}

function megapixels(count: number): string {
  return `${(count / 1e6).toFixed(1)} megapixels`;
}
