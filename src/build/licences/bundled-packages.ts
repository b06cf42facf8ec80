import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The part of a metafile of Bun's bundler that is read here. */
export interface BundleMetafile {
  outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
}

/** Folders with `node_modules`: what is bundled comes from the checkout, files are those installed for the target. */
export interface PackageRoots {
  checkout: string;
  target: string;
}

export interface BundledPackage {
  /** Where it is installed. */
  dir: string;
  /** Files of notices of the packages that its publisher put into its scripts. */
  notices: string[];
  /** The names of these packages. */
  contains: string[];
}

/** From `node_modules` on. The last one counts: a package may have packages of its own. */
const PACKAGE_DIR = /\bnode_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+(?=\/)/;

/**
 * All packages of which something is in the executable, each once, sorted by name.
 * @param metafile of the bundled code
 * @param paths the files beside the code, from the root of the target
 */
export async function findBundledPackages(
  metafile: BundleMetafile,
  paths: readonly string[],
  roots: PackageRoots,
): Promise<BundledPackage[]> {
  const packages = new Map<string, BundledPackage>();
  const add = (dir: string, root: string, notices: string[] = [], contains: string[] = []) =>
    packages.set(dir, { dir: join(root, dir), notices, contains });
  for (const dir of packageDirsOf(sourcesOf(metafile))) add(dir, roots.checkout);
  for (const dir of packageDirsOf(paths)) {
    const files = paths.filter((path) => path.startsWith(`${dir}/`)).map((path) => join(roots.target, path));
    const notices = files.map((file) => `${file}.LICENSE.txt`).filter((file) => existsSync(file));
    const inside = packageDirsOf((await Promise.all(files.map(readSourceMap))).flat());
    // Where the publisher ships the notices of others, those others need not be installed here.
    const others = notices.length > 0 ? [] : inside;
    for (const other of others) add(other, roots.target);
    add(dir, roots.target, notices, others.length > 0 ? [] : inside.map(nameOf).sort());
  }
  return [...packages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bundled]) => bundled);
}

function sourcesOf({ outputs }: BundleMetafile): string[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? path : [])),
  );
}

function packageDirsOf(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => PACKAGE_DIR.exec(path)?.[0] ?? []))];
}

function nameOf(packageDir: string): string {
  return packageDir.slice(packageDir.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** The files that went into a script or style sheet, none where it has no source map. */
async function readSourceMap(file: string): Promise<string[]> {
  if (!existsSync(`${file}.map`)) return [];
  const { sources }: { sources: string[] } = JSON.parse(await readFile(`${file}.map`, 'utf8'));
  return sources;
}
