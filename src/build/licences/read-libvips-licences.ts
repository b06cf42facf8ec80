import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LicensedPart } from './licensed-part.ts';
import { markdownTableRows } from './markdown-table-rows.ts';
import { readTexts } from './read-texts.ts';

/** The package for a platform, where it is installed. */
export const LIBVIPS_DIR = /\/@img\/sharp-libvips-[\w-]+$/;
const LGPL = 'LGPLv3';

/**
 * The libraries inside libvips, a package without any licence text. Its README lists their licences and `versions.json`
 * their versions; the texts, of versions near these, are in `texts/libvips`.
 * @param dir the installed package
 * @throws {Error} for a library that the texts do not cover, or that the README no longer lists as it did
 */
export async function readLibvipsLicences(dir: string): Promise<LicensedPart[]> {
  const readme = await readFile(join(dir, 'README.md'), 'utf8');
  const versions: Record<string, string> = JSON.parse(await readFile(join(dir, 'versions.json'), 'utf8'));
  const parts = await Promise.all(
    markdownTableRows(readme).map(async ([name = '', licence = '']) => {
      const texts = await readTexts(licence === LGPL ? ['LGPL-3.0.txt', 'GPL-3.0.txt'] : [`libvips/${name}.txt`]);
      return { name, version: versions[versionKey(name)] ?? '', licence, texts };
    }),
  );
  const missing = Object.keys(versions).filter((key) => !parts.some(({ name }) => versionKey(name) === key));
  if (missing.length === 0) return parts;
  throw new Error(`${dir}/README.md: expected the licences of ${missing.join(', ')}, of which versions.json tells.`);
}

function versionKey(name: string): string {
  return name === 'libultrahdr' ? 'uhdr' : name.replace(/^lib/, '');
}
