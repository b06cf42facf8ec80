/**
 * Where the program's own files lie, and how it starts itself. This module alone knows whether it runs from a checkout
 * or as the executable of `bun run build`, which unpacks the files to a cache folder at first use.
 */
import { dirname, join, relative, resolve } from 'node:path';
import { cacheDir } from './executable/cache-dir.ts';
import { EMBEDDED } from './executable/embedded.ts';
import { DAY_MS, markUsed } from './executable/folder-use.ts';
import { unpack } from './executable/unpack.ts';

const CHECKOUT_DIR = resolve(import.meta.dir, '..');
let unpackedDir: string | undefined;

export const IS_EXECUTABLE = EMBEDDED !== undefined;

/** Program and first arguments of the command line, for a process of its own. */
export const PROGRAM_COMMAND: readonly string[] = EMBEDDED
  ? [process.execPath]
  : [process.execPath, join(CHECKOUT_DIR, 'src/main.ts')];

/** Program and arguments of a worker process. */
export const WORKER_COMMAND: readonly string[] = EMBEDDED
  ? [process.execPath, 'worker']
  : [process.execPath, join(CHECKOUT_DIR, 'workers/main.ts')];

/** How to start the program from this shell and folder, in words that can be pasted. */
export function programWords(): string {
  if (!EMBEDDED) return 'npx bun run';
  if (Bun.which('hy3d') === process.execPath) return 'hy3d';
  const path = relative('.', process.execPath);
  return path.startsWith('..') ? process.execPath : `./${path}`;
}

/**
 * The checkout, or the folder of the unpacked files.
 * @throws {AppError} `runtime.unavailable` where the executable cannot unpack them
 */
export function programDir(): string {
  if (!EMBEDDED) return CHECKOUT_DIR;
  if (unpackedDir === undefined) {
    const dir = unpack(EMBEDDED, cacheDir(process.env));
    setInterval(() => keepUsed(dir), DAY_MS).unref();
    unpackedDir = dir;
  }
  return unpackedDir;
}

/** Another version would remove a folder that seems unused. */
function keepUsed(dir: string): void {
  try {
    markUsed(dir);
  } catch {
    // Nobody removes it from a read-only disk or from a cache that others share.
  }
}

/**
 * A file or folder of the program; the executable has what `src/build/embedded-paths.ts` lists.
 * @param path from the root of the checkout
 * @throws see `programDir`
 */
export function programFile(path: string): string {
  return join(programDir(), path);
}

/**
 * A file of an installed package.
 * @param path begins with the name of the package
 * @throws see `programDir`
 */
export function packageFile(path: string): string {
  return EMBEDDED ? programFile(`node_modules/${path}`) : Bun.resolveSync(path, import.meta.dir);
}

/** The folder of the network runtime's native library, which looks there for the libraries of a GPU too. */
export function nativeRuntimeDir(): string {
  const folder = `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`;
  return dirname(packageFile(`${folder}/onnxruntime_binding.node`));
}

/** How to get the parts of the network runtime that CUDA needs and that its package does not contain; a clause. */
export const INSTALL_CUDA_ADVICE = IS_EXECUTABLE
  ? 'copy ONNX Runtime\'s CUDA libraries into the folder that "hy3d unpack" prints, install the CUDA and cuDNN 9 ' +
    'libraries and put their folders into LD_LIBRARY_PATH'
  : 'run "node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=cuda12" once, install the CUDA and ' +
    'cuDNN 9 libraries and put their folders into LD_LIBRARY_PATH';
