import { statfs } from 'node:fs/promises';
import { AppError, errorMessageOf } from '../../src/errors.ts';

/** What a failed write means; an `AppError` stays itself. */
export function asUnwritable(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const reason = isDiskFull(error)
    ? 'the disk is full; free some space and run the command again'
    : errorMessageOf(error);
  return new AppError('model.unwritable', `Cannot write ${path}: ${reason}.`, { cause: error });
}

export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** @throws {AppError} `model.unwritable` where less is free than a download needs */
export async function ensureFreeSpace(dir: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const freeBytes = bavail * bsize;
  if (neededBytes <= freeBytes) return;
  const [needed, free] = [neededBytes, freeBytes].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
  throw new AppError('model.unwritable', `${dir} has ${free} free, the download needs ${needed}; free some space.`);
}
