import { Database } from 'bun:sqlite';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError, errorMessageOf } from '../errors.ts';
import type { Embedded } from './embedded.ts';

/** A slow disk takes some seconds for the 70 MB. */
const LOCK_WAIT_MS = 60_000;
const TEMPORARY = '.unpacking-';

/**
 * Puts the embedded files into a folder of their own, once for all processes and starts. The folder appears whole, by a
 * rename; a lock keeps others from doing the same work meanwhile, and a folder in which files are missing is replaced.
 * Reads only where it is there already, so that it may lie on a read-only disk.
 * @returns the folder, `<cacheDir>/<id>`
 * @throws {AppError} `runtime.unavailable` where the folder cannot be written or others could have changed it
 */
export function unpack(embedded: Embedded, cacheDir: string): string {
  const dir = join(cacheDir, embedded.id);
  try {
    if (isComplete(dir, embedded)) return dir;
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
    using _ = lock(join(cacheDir, 'unpack.lock'));
    if (!isComplete(dir, embedded)) replaceFolder(dir, cacheDir, embedded);
    return dir;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError(
      'runtime.unavailable',
      `The executable must unpack its libraries once and could not write ${dir} (${errorMessageOf(cause)}). ` +
        'Set HY3D_CACHE to a folder that this user may write, or run "hy3d unpack" before the disk becomes read-only.',
      { cause },
    );
  }
}

/** Compares names and sizes; further files are not ours to judge: a GPU's libraries may have been put there. */
function isComplete(dir: string, { files }: Embedded): boolean {
  const folder = statSync(dir, { throwIfNoEntry: false });
  if (!folder) return false;
  // Libraries are loaded from here: whoever can change them runs code as this user.
  const isForeign = process.getuid !== undefined && ![0, process.getuid()].includes(folder.uid);
  if (isForeign || (folder.mode & 0o022) !== 0) {
    const advice = 'Remove it, or set HY3D_CACHE to a folder of your own.';
    throw new AppError('runtime.unavailable', `Other users may write ${dir}, so it is not used. ${advice}`);
  }
  return files.every(({ path, sizeBytes }) => {
    return statSync(join(dir, path), { throwIfNoEntry: false })?.size === sizeBytes;
  });
}

function replaceFolder(dir: string, cacheDir: string, embedded: Embedded): void {
  removeTemporary(cacheDir);
  const temporary = mkdtempSync(join(cacheDir, TEMPORARY));
  try {
    writeFiles(join(temporary, 'new'), embedded);
    if (statSync(dir, { throwIfNoEntry: false })) renameSync(dir, join(temporary, 'old'));
    renameSync(join(temporary, 'new'), dir);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** What processes left that were killed while they held the lock. */
function removeTemporary(cacheDir: string): void {
  for (const name of readdirSync(cacheDir)) {
    if (name.startsWith(TEMPORARY)) rmSync(join(cacheDir, name), { recursive: true, force: true });
  }
}

function writeFiles(dir: string, { archive, files }: Embedded): void {
  const contents = Bun.zstdDecompressSync(readFileSync(archive));
  let offset = 0;
  for (const { path, sizeBytes } of files) {
    const target = join(dir, path);
    // Writable by this user alone, whatever the umask allows.
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    writeFileSync(target, contents.subarray(offset, offset + sizeBytes), { mode: 0o644 });
    offset += sizeBytes;
  }
}

/** SQLite's exclusive lock, which the operating system gives back however its holder ends. */
function lock(path: string): Disposable {
  const database = new Database(path, { create: true });
  try {
    database.run(`PRAGMA busy_timeout = ${LOCK_WAIT_MS}`);
    database.run('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw error;
  }
  return { [Symbol.dispose]: () => database.close() };
}
