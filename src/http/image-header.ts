/**
 * Reads the format and the size of a picture from its first bytes, without decoding anything.
 *
 * The format is told by magic bytes alone: names and declared types come from strangers. The size is the largest that
 * the header announces, since that is what a decoder would allocate. Pure; any bytes are safe, and no walk is longer
 * than the input or than `MAX_STEPS`.
 */
import { ByteReader } from './byte-reader.ts';

export const IMAGE_FORMATS = ['png', 'jpeg', 'webp', 'avif', 'tiff', 'gif'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

export interface ImageHeader {
  format: ImageFormat;
  /** Pixels, before any EXIF rotation. */
  width: number;
  height: number;
}

type Size = Pick<ImageHeader, 'width' | 'height'>;

/** Markers, blocks or boxes that are looked at; real files need a few dozen. */
const MAX_STEPS = 4096;

const SIZE_READERS: Readonly<Record<ImageFormat, (bytes: ByteReader) => Size | undefined>> = {
  png: readPngSize,
  jpeg: readJpegSize,
  webp: readWebpSize,
  avif: readAvifSize,
  tiff: readTiffSize,
  gif: readGifSize,
};

/** The format that the magic bytes announce, or undefined for everything that is not one of the six. */
export function sniffImageFormat(data: Uint8Array): ImageFormat | undefined {
  const bytes = new ByteReader(data);
  if (bytes.text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (bytes.text(0, 3) === '\xff\xd8\xff') return 'jpeg';
  if (bytes.text(0, 4) === 'RIFF' && bytes.text(8, 4) === 'WEBP') return 'webp';
  if (/^GIF8[79]a$/.test(bytes.text(0, 6))) return 'gif';
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(bytes.text(0, 4))) return 'tiff';
  return isAvif(bytes) ? 'avif' : undefined;
}

/** Format and size, or undefined where the format is none of the six or its header is damaged or cut off. */
export function readImageHeader(data: Uint8Array): ImageHeader | undefined {
  const format = sniffImageFormat(data);
  if (format === undefined) return undefined;
  const size = SIZE_READERS[format](new ByteReader(data));
  return size && size.width > 0 && size.height > 0 ? { format, ...size } : undefined;
}

/** PNG: the header chunk must be the first. */
function readPngSize(bytes: ByteReader): Size | undefined {
  if (bytes.u32(8) !== 13 || bytes.text(12, 4) !== 'IHDR') return undefined;
  return sizeOf(bytes.u32(16), bytes.u32(20));
}

/** JPEG: walks the marker segments to the frame header; entropy-coded data before it is an error. */
function readJpegSize(bytes: ByteReader): Size | undefined {
  let at = 2;
  for (let step = 0; step < MAX_STEPS; step++) {
    if (bytes.u8(at) !== 0xff) return undefined;
    const marker = bytes.u8(at + 1);
    if (marker === undefined) return undefined;
    if (marker === 0xff) {
      at += 1; // A fill byte before the marker.
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return sizeOf(bytes.u16(at + 7), bytes.u16(at + 5));
    const isScanOrEnd = marker === 0xda || marker === 0xd9;
    const length = bytes.u16(at + 2);
    if (isScanOrEnd || length === undefined || length < 2) return undefined;
    at += 2 + length;
  }
  return undefined;
}

/** WebP: the first chunk is an extended, a lossless or a lossy header. */
function readWebpSize(bytes: ByteReader): Size | undefined {
  const chunk = bytes.text(12, 4);
  if (chunk === 'VP8X') return sizeOf(plusOne(bytes.u24le(24)), plusOne(bytes.u24le(27)));
  if (chunk === 'VP8L' && bytes.u8(20) === 0x2f) {
    const packed = bytes.u32le(21);
    if (packed === undefined) return undefined;
    return sizeOf((packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1);
  }
  if (chunk === 'VP8 ' && bytes.text(23, 3) === '\x9d\x01\x2a') {
    const width = bytes.u16le(26);
    const height = bytes.u16le(28);
    if (width === undefined || height === undefined) return undefined;
    return sizeOf(width & 0x3fff, height & 0x3fff);
  }
  return undefined;
}

/** GIF: the logical screen, enlarged by the first frame where that reaches beyond it. */
function readGifSize(bytes: ByteReader): Size | undefined {
  const screen = sizeOf(bytes.u16le(6), bytes.u16le(8));
  if (screen === undefined) return undefined;
  const flags = bytes.u8(10) ?? 0;
  let at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  for (let step = 0; step < MAX_STEPS; step++) {
    const kind = bytes.u8(at);
    if (kind === 0x2c) {
      const frame = sizeOf(
        sum(bytes.u16le(at + 1), bytes.u16le(at + 5)),
        sum(bytes.u16le(at + 3), bytes.u16le(at + 7)),
      );
      return frame && { width: Math.max(screen.width, frame.width), height: Math.max(screen.height, frame.height) };
    }
    if (kind !== 0x21) return undefined;
    at += 2;
    // Data sub-blocks of an extension: a length byte before each, 0 ends the list.
    for (; step < MAX_STEPS; step++) {
      const length = bytes.u8(at);
      if (length === undefined) return undefined;
      at += 1 + length;
      if (length === 0) break;
    }
  }
  return undefined;
}

/** TIFF and BigTIFF in both byte orders: width and length of the first image file directory. */
function readTiffSize(bytes: ByteReader): Size | undefined {
  const little = bytes.u8(0) === 0x49;
  const big = bytes.u8(little ? 2 : 3) === 0x2b;
  const u16 = (at: number) => (little ? bytes.u16le(at) : bytes.u16(at));
  const u32 = (at: number) => (little ? bytes.u32le(at) : bytes.u32(at));
  const u64 = (at: number) => (little ? bytes.u64le(at) : bytes.u64(at));
  const start = big ? u64(8) : u32(4);
  if (start === undefined) return undefined;
  const count = big ? u64(start) : u16(start);
  if (count === undefined) return undefined;

  const entrySize = big ? 20 : 12;
  const first = start + (big ? 8 : 2);
  let width: number | undefined;
  let height: number | undefined;
  for (let i = 0; i < Math.min(count, MAX_STEPS); i++) {
    const entry = first + i * entrySize;
    const tag = u16(entry);
    if (tag === undefined) break;
    const value = entry + (big ? 12 : 8);
    const type = u16(entry + 2);
    const number = type === 3 ? u16(value) : type === 4 ? u32(value) : type === 16 ? u64(value) : undefined;
    if (tag === 256) width = number;
    if (tag === 257) height = number;
  }
  return sizeOf(width, height);
}

/** A still or animated AVIF by its brands. */
function isAvif(bytes: ByteReader): boolean {
  const length = bytes.u32(0);
  if (length === undefined || length < 16 || bytes.text(4, 4) !== 'ftyp') return false;
  for (let at = 8; at + 4 <= Math.min(length, 256); at += 4) {
    const brand = bytes.text(at, 4);
    if (at !== 12 && (brand === 'avif' || brand === 'avis')) return true;
  }
  return false;
}

/** AVIF: the largest extent property in `meta/iprp/ipco`; the tiles of a grid have smaller ones than the grid. */
function readAvifSize(bytes: ByteReader): Size | undefined {
  const meta = findBox(bytes, 0, bytes.length, 'meta');
  const iprp = meta && findBox(bytes, meta.start + 4, meta.end, 'iprp');
  const ipco = iprp && findBox(bytes, iprp.start, iprp.end, 'ipco');
  let largest: Size | undefined;
  for (const box of ipco ? boxesIn(bytes, ipco.start, ipco.end) : []) {
    if (box.type !== 'ispe') continue;
    const size = sizeOf(bytes.u32(box.start + 4), bytes.u32(box.start + 8));
    if (size && (!largest || size.width * size.height > largest.width * largest.height)) largest = size;
  }
  return largest;
}

interface Box {
  type: string;
  /** First byte of the content. */
  start: number;
  /** One past its last byte. */
  end: number;
}

function findBox(bytes: ByteReader, from: number, to: number, type: string): Box | undefined {
  for (const box of boxesIn(bytes, from, to)) if (box.type === type) return box;
  return undefined;
}

/** The boxes of ISO/IEC 14496-12 between two offsets; ends quietly at the first that does not fit. */
function* boxesIn(bytes: ByteReader, from: number, to: number): Generator<Box> {
  let at = from;
  for (let step = 0; step < MAX_STEPS && at + 8 <= to; step++) {
    const short = bytes.u32(at);
    const headerSize = short === 1 ? 16 : 8;
    const length = short === 1 ? bytes.u64(at + 8) : short === 0 ? to - at : short;
    if (length === undefined || length < headerSize || at + length > to) return;
    yield { type: bytes.text(at + 4, 4), start: at + headerSize, end: at + length };
    at += length;
  }
}

function sizeOf(width: number | undefined, height: number | undefined): Size | undefined {
  return width === undefined || height === undefined ? undefined : { width, height };
}

function plusOne(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value + 1;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
