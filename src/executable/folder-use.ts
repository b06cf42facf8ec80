/** When the folder of a version was last used, to a day: the time of its last change. */
import { lstatSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

export const DAY_MS = 24 * 60 * 60 * 1000;
const UNUSED_MS = 14 * DAY_MS;
/** Version and digest, as `packFiles` joins them. */
const FOLDER_NAME = /^\d+\.\d+\.\d+(?:-[\w.]+)?-[0-9a-f]{12}$/;

/**
 * A process that runs for days marks its folder every day.
 * @throws where the folder is gone or this user may not write it
 */
export function markUsed(dir: string): void {
  const now = new Date();
  utimesSync(dir, now, now);
}

export function wasUsedToday(dir: string): boolean {
  return ageMs(dir) < DAY_MS;
}

/** The folders of versions that no process used for 14 days; nothing else that may lie beside them. */
export function findUnusedFolders(cacheDir: string): string[] {
  return readdirSync(cacheDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && FOLDER_NAME.test(entry.name))
    .map(({ name }) => join(cacheDir, name))
    .filter((dir) => ageMs(dir) > UNUSED_MS);
}

function ageMs(dir: string): number {
  return Date.now() - lstatSync(dir).mtimeMs;
}
