import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { AppError } from '../errors.ts';

/**
 * The folder to which the executable unpacks: `HY3D_CACHE`, or `hy3d` in the user's cache folder as the XDG base
 * directory specification defines it, which ignores relative paths.
 * @param home the user's home folder
 * @throws {AppError} `runtime.unavailable` for a relative `HY3D_CACHE`: workers have other current folders
 */
export function cacheDir(env: Readonly<Record<string, string | undefined>>, home: string = homedir()): string {
  if (env.HY3D_CACHE) {
    if (isAbsolute(env.HY3D_CACHE)) return env.HY3D_CACHE;
    throw new AppError('runtime.unavailable', `HY3D_CACHE: expected an absolute path, got "${env.HY3D_CACHE}".`);
  }
  const base = env.XDG_CACHE_HOME;
  return join(base && isAbsolute(base) ? base : join(home, '.cache'), 'hy3d');
}
