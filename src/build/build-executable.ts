import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { LICENCES_FILE } from '../executable/licences-file.ts';
import { type BuildTarget, hostTarget } from './build-target.ts';
import { bundleOptions, CHECKOUT_DIR } from './bundle-options.ts';
import { findEmbeddedPaths } from './embedded-paths.ts';
import { installForTarget } from './install-for-target.ts';
import { collectLicences } from './licences/collect-licences.ts';
import { licencesText } from './licences/licences-text.ts';
import { packFiles } from './pack-files.ts';

/**
 * Makes one file of the program, its packages, its web page and its native libraries, and beside it one with the
 * licences of all of them, `<outfile>-THIRD-PARTY-LICENSES.txt`.
 * @param outfile its folder must exist; an older file is replaced in one step
 * @throws where a package is missing for the target or has no licence, or the bundler refuses a source
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
    const licences = join(outDir, LICENCES_FILE);
    await writeFile(licences, await writeLicences(paths, root, target));
    const files = [
      ...paths.map((path) => ({ path, source: join(root, path) })),
      { path: LICENCES_FILE, source: licences },
    ];
    const embedded = await packFiles(files, join(scratch, 'files.zst'), packageJson.version);
    await Bun.build({
      ...bundleOptions(embedded, target),
      // Names stay for stack traces.
      minify: { whitespace: true, syntax: true },
      // Halves the time to a worker's first line (85 to 42 ms) for 8 MB more.
      bytecode: true,
      compile: {
        outfile: temporary,
        ...(target !== hostTarget() && { target: `bun-${target}` }),
        // What lies in the current folder is not the program's.
        autoloadDotenv: false,
        autoloadBunfig: false,
      },
    });
    await rename(licences, `${outfile}-${LICENCES_FILE}`);
    await rename(temporary, outfile);
  } finally {
    for (const dir of [scratch, outDir]) await rm(dir, { recursive: true, force: true });
  }
}

/** A first run of the bundler, of a third of a second, tells what the second one will put into the executable. */
async function writeLicences(paths: readonly string[], root: string, target: BuildTarget): Promise<string> {
  const archive = join(CHECKOUT_DIR, 'package.json');
  const files = paths.map((path) => ({ path, sizeBytes: 0 }));
  const { metafile } = await Bun.build({
    ...bundleOptions({ id: 'unknown', archive, files }, target),
    metafile: true,
  });
  if (!metafile) throw new Error('The bundler gave no account of what it bundled.');
  const parts = await collectLicences(metafile, paths, { checkout: CHECKOUT_DIR, target: root });
  return licencesText(parts, CHECKOUT_DIR, target);
}
