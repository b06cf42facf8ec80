import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResultFiles } from '../protocol/messages.ts';

/** No separator, no leading dot: such a name cannot leave its folder nor be a temporary file. */
const PLAIN_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/**
 * Checks that every file that a result names is a regular, non-empty file directly inside the output folder.
 * @returns what is wrong, or undefined
 */
export async function verifyResultFiles(files: ResultFiles, outputDir: string): Promise<string | undefined> {
  for (const [role, name] of Object.entries(files)) {
    if (!PLAIN_NAME.test(name)) return `${role}: ${JSON.stringify(name)} is not a plain file name`;
    const stats = await lstat(join(outputDir, name)).catch(() => undefined);
    if (stats === undefined) return `${role}: ${name} does not exist`;
    if (!stats.isFile()) return `${role}: ${name} is not a regular file`;
    if (stats.size === 0) return `${role}: ${name} is empty`;
  }
  return undefined;
}
