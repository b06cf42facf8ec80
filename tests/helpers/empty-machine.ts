import { copyFileSync, mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A machine on which nothing is installed, with one program in the folder `app`. */
export interface EmptyMachine {
  /** Folder of the program on this machine, its current folder and its home there. */
  appDir: string;
  /** The words that run the program over there. */
  command: readonly string[];
  /** The same folder as the program sees it. */
  insideDir: string;
}

/**
 * Makes a root folder that holds the program and the libraries of the C and C++ compilers, no other file, and runs the
 * program in it. Where this user may not change the root, it is an empty folder and the rest of the machine is in sight.
 * @param program an executable for this machine
 * @param addons further libraries that it will load, for what they need
 */
export function createEmptyMachine(program: string, addons: readonly string[]): EmptyMachine {
  const root = mkdtempSync(join(tmpdir(), 'hy3d-empty-'));
  const appDir = join(root, 'app');
  for (const folder of ['app', 'tmp', 'proc', 'dev']) mkdirSync(join(root, folder));
  copyFileSync(program, join(appDir, 'hy3d'));
  for (const library of [program, ...addons].flatMap(systemLibrariesOf)) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(realpathSync(library), join(root, library));
  }
  const enter = `mount --rbind /proc ${root}/proc && mount --rbind /dev ${root}/dev && exec unshare --root=${root} --wd=/app /app/hy3d "$@"`;
  const command = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', enter, 'sh'];
  const [unshare = 'unshare', ...rest] = command;
  const path = Bun.which(unshare);
  if (path && Bun.spawnSync([path, ...rest, '--version'], { env: SYSTEM_PATH }).exitCode === 0) {
    return { appDir, command: [path, ...rest], insideDir: '/app' };
  }
  return { appDir, command: [join(appDir, 'hy3d')], insideDir: appDir };
}

/** For the programs that open the machine; nothing in them is there inside. */
export const SYSTEM_PATH = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

function systemLibrariesOf(file: string): string[] {
  const { stdout } = Bun.spawnSync(['ldd', file]);
  return [...stdout.toString().matchAll(/(\/\S+) \(0x/g)]
    .map(([, path]) => path ?? '')
    .filter((path) => !path.includes('/node_modules/'));
}
