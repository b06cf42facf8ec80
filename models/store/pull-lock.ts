import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AppError } from '../../src/errors.ts';
import { asUnwritable } from './unwritable.ts';

/**
 * Keeps a second process from writing the same files. The lock of a process that is gone is taken over.
 * @returns gives the lock back
 * @throws {AppError} `model.unwritable` while another process holds it
 */
export function lockStore(modelsDir: string): () => void {
  const path = resolve(modelsDir, '.hy3d', 'pull.lock');
  for (;;) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw asUnwritable(path, error);
      const holder = readHolder(path);
      // In a container that was started anew, this process may have the number of the one that is gone.
      if (holder !== undefined && holder !== process.pid && isRunning(holder)) {
        const advice = `wait for it, or delete ${path} if that is not so`;
        throw new AppError('model.unwritable', `Process ${holder} is changing ${modelsDir}; ${advice}.`);
      }
      rmSync(path, { force: true });
    }
  }
}

function readHolder(path: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
