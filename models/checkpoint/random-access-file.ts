import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError, errorMessageOf } from '../../src/errors.ts';

/** A file that is read by ranges; never more of it is in memory than was asked for. */
export interface RandomAccessFile {
  /** Absolute. */
  readonly path: string;
  readonly byteLength: number;
  /** @throws {AppError} `model.corrupt` where the range leaves the file; nothing is allocated before that is known */
  readAt(offset: number, length: number): Uint8Array<ArrayBuffer>;
  close(): void;
}

/** @throws {AppError} `model.missing` where there is no readable file at the path */
export function openRandomAccess(path: string): RandomAccessFile {
  const absolute = resolve(path);
  const descriptor = openFile(absolute);
  const stats = fstatSync(descriptor);
  if (!stats.isFile()) {
    closeSync(descriptor);
    throw new AppError('model.missing', `Expected a checkpoint file at ${absolute}, found something else.`);
  }
  const byteLength = stats.size;
  return {
    path: absolute,
    byteLength,
    readAt(offset, length) {
      if (!(offset >= 0 && length >= 0 && offset + length <= byteLength)) {
        const wanted = `${length} bytes at ${offset}`;
        throw new AppError('model.corrupt', `needs ${wanted}, the file has ${byteLength}; it is cut short or damaged`);
      }
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        const count = readSync(descriptor, bytes, filled, length - filled, offset + filled);
        if (count === 0) throw new AppError('model.corrupt', `${absolute} became shorter while it was read.`);
        filled += count;
      }
      return bytes;
    },
    close: () => closeSync(descriptor),
  };
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new AppError('model.missing', `Cannot open the checkpoint ${path}: ${errorMessageOf(cause)}.`, { cause });
  }
}
