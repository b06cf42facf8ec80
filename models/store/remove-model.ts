import { existsSync } from 'node:fs';
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ModelEntry } from '../manifest/model-entry.ts';
import { findInstalled } from './find-installed.ts';
import { lockStore } from './pull-lock.ts';
import { derivedDirOf, storeFilesOf } from './store-layout.ts';
import { asUnwritable } from './unwritable.ts';

export interface Removal {
  /** What was derived from the files counts too. */
  freedBytes: number;
  /** Files that stay, for another installed model needs them. */
  kept: string[];
}

/**
 * Deletes a model's files, also those placed by hand or not complete, and everything derived from them.
 * @param known all models, of which the installed ones keep the files that they share
 * @throws {AppError} `model.unwritable`
 */
export async function removeModel(
  modelsDir: string,
  entry: ModelEntry,
  known: readonly ModelEntry[],
): Promise<Removal> {
  const unlock = lockStore(modelsDir);
  try {
    const others = known.filter((other) => other.name !== entry.name && 'entry' in findInstalled(modelsDir, other));
    const shared = new Set(others.flatMap((other) => storeFilesOf(modelsDir, other)).map(({ localPath }) => localPath));
    const removal: Removal = { freedBytes: 0, kept: [] };
    for (const { localPath, label } of storeFilesOf(modelsDir, entry)) {
      if (shared.has(localPath)) {
        if (existsSync(localPath)) removal.kept.push(label);
        continue;
      }
      for (const path of [localPath, `${localPath}.part`, `${localPath}.part.etag`]) {
        removal.freedBytes += (await stat(path).catch(() => undefined))?.size ?? 0;
        await rm(path, { force: true });
      }
      await removeEmptyFolders(dirname(localPath), resolve(modelsDir));
    }
    const derivedDir = derivedDirOf(modelsDir, entry.name);
    removal.freedBytes += await sizeOf(derivedDir);
    await rm(derivedDir, { recursive: true, force: true });
    return removal;
  } catch (error) {
    throw asUnwritable(modelsDir, error);
  } finally {
    unlock();
  }
}

/** Bytes of all files in a folder, which need not exist. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}

/** Upwards until a folder holds something else. */
async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  for (let dir = folder; dir.startsWith(root) && dir !== root; dir = dirname(dir)) {
    try {
      await rmdir(dir);
    } catch {
      return;
    }
  }
}
