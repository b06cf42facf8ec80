import { AppError } from '../../src/errors.ts';
import type { RandomAccessFile } from './random-access-file.ts';

/** A stored (uncompressed) file inside a zip archive. */
export interface ZipEntry {
  name: string;
  headerOffset: number;
  byteLength: number;
}

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_ENTRY_BYTES = 46;
const DIRECTORY_END = 0x06054b50;
const DIRECTORY_END_BYTES = 22;
const LOCATOR_64 = 0x07064b50;
const LOCATOR_64_BYTES = 20;
const DIRECTORY_END_64 = 0x06064b50;
const DIRECTORY_END_64_BYTES = 56;
const EXTRA_64 = 0x0001;
const MAX_COMMENT_BYTES = 0xffff;
const IN_ZIP64 = 0xffffffff;
const FLAG_ENCRYPTED = 1;
/** A checkpoint has a few thousand entries of about a hundred bytes. */
const MAX_DIRECTORY_BYTES = 64 * 1024 ** 2;

/** Whether a file starts with the header of a zip entry. */
export function looksLikeZip(start: Uint8Array): boolean {
  return start.length >= 4 && viewOf(start).getUint32(0, true) === LOCAL_HEADER;
}

/**
 * Reads the central directory of a zip archive, with ZIP64 records.
 * @throws {AppError} `model.corrupt`, or `model.unsupported` for compressed or encrypted entries
 * @see APPNOTE.TXT, .ZIP File Format Specification, sections 4.3 and 4.5.3
 */
export function readZipDirectory(file: RandomAccessFile): Map<string, ZipEntry> {
  const { count, offset, byteLength } = findDirectory(file);
  if (byteLength > MAX_DIRECTORY_BYTES) throw corrupt(`its directory says it has ${byteLength} bytes`);
  const directory = file.readAt(offset, byteLength);
  const entries = new Map<string, ZipEntry>();
  let position = 0;
  for (let i = 0; i < count; i++) {
    const { entry, end } = parseEntry(directory, position);
    if (entries.has(entry.name)) throw corrupt(`the archive holds ${entry.name} twice`);
    entries.set(entry.name, entry);
    position = end;
  }
  return entries;
}

/**
 * Where the bytes of an entry start. Only its local header knows: writers pad it to align the payload.
 * @throws {AppError} `model.corrupt` where header and directory disagree or the payload leaves the file
 */
export function locatePayload(file: RandomAccessFile, entry: ZipEntry): number {
  const header = viewOf(file.readAt(entry.headerOffset, LOCAL_HEADER_BYTES));
  const nameLength = header.getUint16(26, true);
  if (header.getUint32(0, true) !== LOCAL_HEADER) throw corrupt(`the entry ${entry.name} has no header`);
  const nameOffset = entry.headerOffset + LOCAL_HEADER_BYTES;
  if (decodeName(file.readAt(nameOffset, nameLength)) !== entry.name) {
    throw corrupt(`the entry ${entry.name} has another name in its header`);
  }
  const payload = nameOffset + nameLength + header.getUint16(28, true);
  if (payload + entry.byteLength > file.byteLength) throw corrupt(`the entry ${entry.name} leaves the file`);
  return payload;
}

function findDirectory(file: RandomAccessFile): { count: number; offset: number; byteLength: number } {
  const tailBytes = Math.min(file.byteLength, DIRECTORY_END_BYTES + MAX_COMMENT_BYTES);
  const tailOffset = file.byteLength - tailBytes;
  const tail = viewOf(file.readAt(tailOffset, tailBytes));
  for (let at = tailBytes - DIRECTORY_END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== DIRECTORY_END) continue;
    if (at + DIRECTORY_END_BYTES + tail.getUint16(at + 20, true) !== tailBytes) continue;
    const inZip64 = readZip64End(file, tailOffset + at - LOCATOR_64_BYTES);
    if (inZip64) return inZip64;
    return {
      count: tail.getUint16(at + 10, true),
      byteLength: tail.getUint32(at + 12, true),
      offset: tail.getUint32(at + 16, true),
    };
  }
  throw corrupt('the zip archive has no end record: the file was cut short');
}

function readZip64End(file: RandomAccessFile, locatorOffset: number) {
  if (locatorOffset < 0) return undefined;
  const locator = viewOf(file.readAt(locatorOffset, LOCATOR_64_BYTES));
  if (locator.getUint32(0, true) !== LOCATOR_64) return undefined;
  const record = viewOf(file.readAt(uint64(locator, 8), DIRECTORY_END_64_BYTES));
  if (record.getUint32(0, true) !== DIRECTORY_END_64) throw corrupt('the ZIP64 end record is not where it should be');
  return { count: uint64(record, 32), byteLength: uint64(record, 40), offset: uint64(record, 48) };
}

function parseEntry(directory: Uint8Array, at: number): { entry: ZipEntry; end: number } {
  const view = viewOf(directory);
  if (at + DIRECTORY_ENTRY_BYTES > directory.length || view.getUint32(at, true) !== DIRECTORY_ENTRY) {
    throw corrupt('the directory of the zip archive is damaged');
  }
  const extraAt = at + DIRECTORY_ENTRY_BYTES + view.getUint16(at + 28, true);
  const extraEnd = extraAt + view.getUint16(at + 30, true);
  const end = extraEnd + view.getUint16(at + 32, true);
  if (end > directory.length) throw corrupt('the directory of the zip archive is cut short');
  const name = decodeName(directory.subarray(at + DIRECTORY_ENTRY_BYTES, extraAt));
  if (view.getUint16(at + 8, true) & FLAG_ENCRYPTED) throw unsupported(`the entry ${name} is encrypted`);
  if (view.getUint16(at + 10, true) !== 0) throw unsupported(`the entry ${name} is compressed, expected stored bytes`);
  const [stored, byteLength, headerOffset] = readSizes(view, at, extraAt, extraEnd);
  if (stored !== byteLength) throw corrupt(`the entry ${name} has two sizes, ${stored} and ${byteLength}`);
  return { entry: { name, headerOffset, byteLength }, end };
}

/** Stored size, size, header offset; those that do not fit into 32 bits stand, in this order, in the ZIP64 field. */
function readSizes(view: DataView, at: number, extraAt: number, extraEnd: number): [number, number, number] {
  let wide = findExtra64(view, extraAt, extraEnd);
  const widen = (narrow: number): number => {
    if (narrow !== IN_ZIP64) return narrow;
    if (wide === undefined || wide.at + 8 > wide.end) throw corrupt('the archive lacks a ZIP64 size');
    const value = uint64(view, wide.at);
    wide = { at: wide.at + 8, end: wide.end };
    return value;
  };
  const byteLength = widen(view.getUint32(at + 24, true));
  const stored = widen(view.getUint32(at + 20, true));
  return [stored, byteLength, widen(view.getUint32(at + 42, true))];
}

function findExtra64(view: DataView, start: number, end: number): { at: number; end: number } | undefined {
  for (let at = start; at + 4 <= end; ) {
    const next = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === EXTRA_64) return { at: at + 4, end: Math.min(next, end) };
    at = next;
  }
  return undefined;
}

function uint64(view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw corrupt('the archive holds an impossible ZIP64 number');
  return value;
}

function decodeName(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function corrupt(message: string): AppError {
  return new AppError('model.corrupt', message);
}

function unsupported(message: string): AppError {
  return new AppError('model.unsupported', message);
}
