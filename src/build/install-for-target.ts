import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildTarget } from './build-target.ts';

/**
 * Installs the locked packages as another platform gets them: the picture library has a package for each.
 * @param root the checkout
 * @param dir existing empty folder; afterwards it holds `node_modules`
 */
export async function installForTarget(root: string, dir: string, target: BuildTarget): Promise<void> {
  for (const name of ['package.json', 'bun.lock']) await copyFile(join(root, name), join(dir, name));
  const [os, cpu] = target.split('-');
  const flags = ['--frozen-lockfile', '--ignore-scripts', '--production', `--os=${os}`, `--cpu=${cpu}`];
  await Bun.$`${process.execPath} install ${flags}`.cwd(dir).quiet();
}
