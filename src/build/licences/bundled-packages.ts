import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
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
  dir: string;
  /** Names of packages that its publisher put into it; their notices are in files of its own, `*.LICENSE.txt`. */
  contains: string[];
}

/** From `node_modules` on. The last one counts: a package may have packages of its own. */
const PACKAGE_DIR = /\bnode_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+(?=\/)/;

/**
 * All packages of which something is in the executable, sorted by folder.
 * @param metafile of the bundled code
 * @param paths the files beside the code, from the root of the target
 * @throws {Error} for a script that contains a package of which no licence is at hand
 */
export async function findBundledPackages(
  metafile: BundleMetafile,
  paths: readonly string[],
  roots: PackageRoots,
): Promise<BundledPackage[]> {
  const contents = new Map<string, string[]>();
  const add = (dir: string, contains: readonly string[] = []) => {
    contents.set(dir, [...new Set([...(contents.get(dir) ?? []), ...contains])].sort());
  };
  for (const dir of packageDirsOf(sourcesOf(metafile))) add(join(roots.checkout, dir));
  for (const path of paths) {
    for (const dir of packageDirsOf([path])) {
      const inside = await packagesInside(join(roots.target, path));
      if (await hasNotices(join(roots.target, dir))) {
        add(join(roots.target, dir), inside.map(nameOf));
      } else {
        for (const other of [dir, ...inside]) add(join(roots.target, other));
      }
    }
  }
  return [...contents].map(([dir, contains]) => ({ dir, contains })).sort((a, b) => (a.dir < b.dir ? -1 : 1));
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

/** The folders of the packages that went into a script or style sheet, as its source map tells. */
async function packagesInside(file: string): Promise<string[]> {
  if (!existsSync(`${file}.map`)) return [];
  const { sources }: { sources: string[] } = JSON.parse(await readFile(`${file}.map`, 'utf8'));
  return packageDirsOf(sources);
}

async function hasNotices(dir: string): Promise<boolean> {
  return (await readdir(dir)).some(isNoticeFile);
}

/** The name that bundlers give to the notices which they take out of a script. */
export function isNoticeFile(name: string): boolean {
  return name.endsWith('.LICENSE.txt');
}
