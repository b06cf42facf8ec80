import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, fstatSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';

/** A file that nobody wrote to for so long was left behind by a process that was ended. */
const ABANDONED_MS = 30_000;
/** Bytes after which what was written is brought to the disk: no later wait for it comes near the time above. */
const SYNC_BYTES = 1 << 27;

/**
 * Writes `<path>.part` and renames it when it is safe on the disk. That file keeps other processes out; one that was
 * left behind is taken over.
 * @param produce writes the content, in pieces
 * @returns its SHA-256 in hex, or undefined where another process is writing the file; then nothing was changed
 */
export function replaceFile(path: string, produce: (write: (bytes: Uint8Array) => void) => void): string | undefined {
  const temporary = `${path}.part`;
  const file = createUnlessWritten(temporary);
  if (file === undefined) return undefined;
  const hash = createHash('sha256');
  let unsynced = 0;
  try {
    produce((bytes) => {
      hash.update(bytes);
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      unsynced += bytes.length;
      if (unsynced < SYNC_BYTES) return;
      fdatasyncSync(file);
      unsynced = 0;
    });
    fdatasyncSync(file);
    // A process that was suspended for long may have lost the file to another one.
    if (!isOpenAs(file, temporary)) return undefined;
    renameSync(temporary, path);
  } catch (error) {
    if (isOpenAs(file, temporary)) rmSync(temporary);
    throw error;
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

function createUnlessWritten(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats && Date.now() - stats.mtimeMs < ABANDONED_MS) return undefined;
  if (stats) rmSync(path, { force: true });
  try {
    return openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

function isOpenAs(file: number, path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(file).ino;
}
