import sharp, { type Sharp } from 'sharp';

export type ChannelCount = 1 | 2 | 3 | 4;

export interface PngOptions {
  /** zlib level, 0 to 9. */
  compressionLevel?: number;
}

export interface JpegOptions {
  /** 1 to 100. */
  quality?: number;
}

export interface WebpOptions {
  /** 1 to 100; not used when lossless. */
  quality?: number;
  lossless?: boolean;
}

/**
 * Encodes 8-bit pixels (rows from the top, channels interleaved, 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA) as PNG.
 * Writes no metadata and no time: same pixels, same bytes.
 * @throws {RangeError} if `pixels.length` is not `width * height * channels`.
 */
export async function encodePng(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: ChannelCount,
  { compressionLevel = 6 }: PngOptions = {},
): Promise<Uint8Array> {
  return toBytes(fromRaw(pixels, width, height, channels).png({ compressionLevel, palette: false }));
}

/**
 * Encodes pixels laid out as for `encodePng` as JPEG without chroma subsampling, which would bleed colour across the
 * chart borders of a texture. Alpha is dropped, not blended.
 * @throws {RangeError} if `pixels.length` is not `width * height * channels`.
 */
export async function encodeJpeg(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: ChannelCount,
  { quality = 90 }: JpegOptions = {},
): Promise<Uint8Array> {
  const image = fromRaw(pixels, width, height, channels).removeAlpha();
  return toBytes(image.jpeg({ quality, chromaSubsampling: '4:4:4', mozjpeg: false }));
}

/**
 * Encodes pixels laid out as for `encodePng` as WebP. Colours under transparent pixels are kept.
 * @throws {RangeError} if `pixels.length` is not `width * height * channels`.
 */
export async function encodeWebp(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: ChannelCount,
  { quality = 90, lossless = false }: WebpOptions = {},
): Promise<Uint8Array> {
  return toBytes(fromRaw(pixels, width, height, channels).webp({ quality, lossless, exact: true }));
}

function fromRaw(pixels: Uint8Array, width: number, height: number, channels: ChannelCount): Sharp {
  const expected = width * height * channels;
  if (pixels.length !== expected) {
    throw new RangeError(
      `encode: expected ${expected} bytes for ${width} x ${height} pixels of ${channels} channels, got ${pixels.length}`,
    );
  }
  const image = sharp(pixels, { raw: { width, height, channels }, limitInputPixels: false });
  // Grey would be written as RGB.
  return channels < 3 ? image.toColourspace('b-w') : image;
}

async function toBytes(image: Sharp): Promise<Uint8Array> {
  const data = await image.toBuffer();
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
