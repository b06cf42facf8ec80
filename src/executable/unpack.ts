import { Database } from 'bun:sqlite';
import {
  existsSync,
  lstatSync,
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
import { findUnusedFolders, markUsed, wasUsedToday } from './folder-use.ts';

/** A slow disk takes some seconds for the 70 MB. */
const LOCK_WAIT_MS = 60_000;
const TEMPORARY = '.unpacking-';

/**
 * Puts the embedded files into a folder of their own, once for all processes and starts. The folder appears whole, by a
 * rename; a lock keeps others from doing the same work meanwhile, and a folder in which files are missing is replaced.
 * In a private cache the folders of other versions go when they have long been unused. That needs the lock, as does taking a folder into
 * use that was not used today, so that none is removed from a process that starts.
 * @returns the folder, `<cacheDir>/<id>`
 * @throws {AppError} `runtime.unavailable` where the folder cannot be written or others could have changed it
 */
export function unpack(embedded: Embedded, cacheDir: string): string {
  const dir = join(cacheDir, embedded.id);
  let isThere = false;
  try {
    isThere = isComplete(dir, embedded);
    if (!isThere || !wasUsedToday(dir)) takeIntoUse(dir, cacheDir, embedded);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    // A folder that is there serves on a read-only disk too.
    if (isThere && existsSync(dir)) return dir;
    throw new AppError(
      'runtime.unavailable',
      `The executable must unpack its libraries once and could not write ${dir} (${errorMessageOf(cause)}). ` +
        'Set HY3D_CACHE to a folder that this user may write, or run "hy3d unpack" before the disk becomes read-only.',
      { cause },
    );
  }
  return dir;
}

function takeIntoUse(dir: string, cacheDir: string, embedded: Embedded): void {
  mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
  using _ = lock(join(cacheDir, 'unpack.lock'));
  removeTemporary(cacheDir);
  if (!isComplete(dir, embedded)) replaceFolder(dir, cacheDir, embedded);
  markUsed(dir);
  // In a shared folder others may use one without the right to mark it.
  const isPrivate = (statSync(cacheDir).mode & 0o077) === 0;
  if (isPrivate) for (const unused of findUnusedFolders(cacheDir)) moveAway(unused, cacheDir);
}

/**
 * Compares names and sizes. Further files are not ours to judge: a GPU's libraries may have been put there. Nor are
 * symbolic links: with one, somebody has put a library of their own in the place of an unpacked one.
 */
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
    const file = lstatSync(join(dir, path), { throwIfNoEntry: false });
    return file?.isSymbolicLink() ? existsSync(join(dir, path)) : file?.size === sizeBytes;
  });
}

function replaceFolder(dir: string, cacheDir: string, embedded: Embedded): void {
  using temporary = temporaryFolder(cacheDir);
  const fresh = join(temporary.path, 'new');
  writeFiles(fresh, embedded);
  moveAway(dir, cacheDir);
  renameSync(fresh, dir);
}

/** Removes a folder such that no process finds it half there. */
function moveAway(dir: string, cacheDir: string): void {
  if (!existsSync(dir)) return;
  using temporary = temporaryFolder(cacheDir);
  renameSync(dir, join(temporary.path, 'old'));
}

function temporaryFolder(cacheDir: string): Disposable & { path: string } {
  const path = mkdtempSync(join(cacheDir, TEMPORARY));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
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
