import { existsSync } from 'node:fs';
import { rm, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ModelEntry } from '../manifest/model-entry.ts';
import { findInstalled } from './find-installed.ts';
import { lockStore } from './pull-lock.ts';
import { derivedDirOf, storeFilesOf } from './store-layout.ts';
import { asUnwritable } from './unwritable.ts';

export interface Removal {
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
    await rm(derivedDirOf(modelsDir, entry.name), { recursive: true, force: true });
    return removal;
  } catch (error) {
    throw asUnwritable(modelsDir, error);
  } finally {
    unlock();
  }
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
