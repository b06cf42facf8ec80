import { open, rename, rm } from 'node:fs/promises';
import { AppError, errorMessageOf } from '../../src/errors.ts';

/**
 * Writes a file so that its name only ever shows the whole content: a temporary name in the same folder, flushed to
 * the disk, then renamed.
 * @throws {AppError} `output.unwritable`, as for a full disk; the temporary file is removed
 */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.part`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new AppError('output.unwritable', `the result could not be written: ${errorMessageOf(cause)}`, { cause });
  }
}
