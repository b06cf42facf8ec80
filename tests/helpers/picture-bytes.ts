/** Small pictures and headers for tests of uploads; every header is written byte by byte. */
import { deflateSync } from 'node:zlib';

/** A real PNG of one colour. */
export function pngOf(width: number, height: number): Uint8Array {
  const row = Buffer.alloc(1 + 4 * width, 200);
  row[0] = 0;
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  return Buffer.concat([
    pngHeader(width, height),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Signature and header chunk of an RGBA PNG, without any pixel: enough for everything that only reads the header. */
export function pngHeader(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), pngChunk('IHDR', header)]);
}

/** Start, one comment segment and a frame header. */
export function jpegHeader(width: number, height: number): Uint8Array {
  const frame = Buffer.from([0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, 4, 0x68, 0x69, 0xff]), frame]);
}

/** Logical screen without a palette, then a frame at (left, top). */
export function gifHeader(width: number, height: number, frame = { left: 0, top: 0, width, height }): Uint8Array {
  const bytes = Buffer.alloc(24);
  bytes.write('GIF89a', 'latin1');
  bytes.writeUInt16LE(width, 6);
  bytes.writeUInt16LE(height, 8);
  bytes[13] = 0x2c;
  bytes.writeUInt16LE(frame.left, 14);
  bytes.writeUInt16LE(frame.top, 16);
  bytes.writeUInt16LE(frame.width, 18);
  bytes.writeUInt16LE(frame.height, 20);
  return bytes;
}

/** Extended WebP header; its sizes are stored less one. */
export function webpHeader(width: number, height: number): Uint8Array {
  const bytes = Buffer.alloc(30);
  bytes.write('RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0', 'latin1');
  bytes.writeUIntLE(width - 1, 24, 3);
  bytes.writeUIntLE(height - 1, 27, 3);
  return bytes;
}

/** One directory with width and length; big-endian as Motorola wrote it or little-endian as Intel did. */
export function tiffHeader(width: number, height: number, order: 'II' | 'MM' = 'II'): Uint8Array {
  const bytes = Buffer.alloc(34);
  const u16 = (value: number, at: number) =>
    order === 'II' ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
  const u32 = (value: number, at: number) =>
    order === 'II' ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  bytes.write(order, 'latin1');
  u16(42, 2);
  u32(8, 4);
  u16(2, 8);
  for (const [i, [tag, value]] of [[256, width] as const, [257, height] as const].entries()) {
    u16(tag, 10 + 12 * i);
    u16(4, 12 + 12 * i);
    u32(1, 14 + 12 * i);
    u32(value, 18 + 12 * i);
  }
  return bytes;
}

/** File type and the path of boxes to one or more extents. */
export function avifHeader(...sizes: Array<{ width: number; height: number }>): Uint8Array {
  const extents = sizes.map(({ width, height }) => box('ispe', u32s(0, width, height)));
  const meta = box('meta', u32s(0), box('hdlr', u32s(0)), box('iprp', box('ipco', box('pixi', u32s(0)), ...extents)));
  return Buffer.concat([box('ftyp', Buffer.from('avif\0\0\0\0mif1avif', 'latin1')), meta]);
}

function box(type: string, ...parts: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([u32s(content.length + 8), Buffer.from(type, 'latin1'), content]);
}

function u32s(...values: number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

function pngChunk(type: string, content: Uint8Array): Uint8Array {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  return Buffer.concat([u32s(content.length), named, u32s(Bun.hash.crc32(named))]);
}
