import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { type BuildTarget, hostTarget } from './build-target.ts';
import { embedPlugin } from './embed-plugin.ts';
import { findEmbeddedPaths } from './embedded-paths.ts';
import { installForTarget } from './install-for-target.ts';
import { packFiles } from './pack-files.ts';

const CHECKOUT_DIR = resolve(import.meta.dir, '../..');
/** The second is the thread of the worker process, which the first starts by its file name. */
const ENTRY_POINTS = ['src/main.ts', 'workers/pipeline-thread.ts'];

/**
 * Makes one file of the program, its packages, its web page and its native libraries.
 * @param outfile its folder must exist; an older file is replaced in one step
 * @throws where a package is missing for the target, or the bundler refuses a source
 */
export async function buildExecutable(target: BuildTarget, outfile: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'hy3d-build-'));
  // Beside the result, so that a rename can put it in place; the name in it is seen in stack traces.
  const outDir = await mkdtemp(join(dirname(outfile), '.build-'));
  const temporary = join(outDir, 'hy3d');
  try {
    let root = CHECKOUT_DIR;
    if (target !== hostTarget()) {
      root = scratch;
      await installForTarget(CHECKOUT_DIR, scratch, target);
      await cp(join(CHECKOUT_DIR, 'src/web'), join(scratch, 'src/web'), { recursive: true });
    }
    const paths = findEmbeddedPaths(root, target);
    const embedded = await packFiles(root, paths, join(scratch, 'files.zst'), packageJson.version);
    await Bun.build({
      entrypoints: ENTRY_POINTS.map((path) => join(CHECKOUT_DIR, path)),
      target: 'bun',
      // Names stay for stack traces.
      minify: { whitespace: true, syntax: true },
      // Halves the time to a worker's first line (85 to 42 ms) for 8 MB more.
      format: 'esm',
      bytecode: true,
      // Flat, so that the thread is found beside the main program as in the source.
      naming: { entry: '[name].[ext]', asset: '[name].[ext]' },
      // Bun would write the build machine's folders into CommonJS packages, none of which reads files at run time.
      define: { __dirname: '"/"', __filename: '"/"' },
      plugins: [embedPlugin(embedded, target)],
      compile: {
        outfile: temporary,
        ...(target !== hostTarget() && { target: `bun-${target}` }),
        // What lies in the current folder is not the program's.
        autoloadDotenv: false,
        autoloadBunfig: false,
      },
    });
    await rename(temporary, outfile);
  } finally {
    for (const dir of [scratch, outDir]) await rm(dir, { recursive: true, force: true });
  }
}
