import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundledPackage } from './bundled-packages.ts';
import type { LicensedPart } from './licensed-part.ts';
import { readTexts } from './read-texts.ts';

const LICENCE_FILE = /^(?:licen[cs]e|copying|copyright|notice)/i;

/** Packages that are published without the licence of their repository: files in `texts` that hold it. */
const UNPUBLISHED_TEXTS: Readonly<Record<string, readonly string[]>> = {
  // Hono's middleware has the licence of Hono.
  '@hono/zod-validator': ['hono.txt'],
  'onnxruntime-common': ['onnxruntime.txt'],
  // With the notices of what its native library contains.
  'onnxruntime-node': ['onnxruntime.txt', 'onnxruntime-notices.txt'],
};

/**
 * What an installed package says of its licence.
 * @throws {Error} for one that is not installed, names no licence, or has no text of it
 */
export async function readPackageLicence({ dir, notices, contains }: BundledPackage): Promise<LicensedPart> {
  const names = await readdir(dir).catch((cause: unknown) => {
    throw new Error(`${dir} is in the executable but not installed, so its licence is unknown.`, { cause });
  });
  const manifest = await readFile(join(dir, 'package.json'), 'utf8');
  const { name, version, license }: Record<'name' | 'version' | 'license', string | undefined> = JSON.parse(manifest);
  if (!name || !version || !license) {
    throw new Error(`${dir}/package.json: expected a name, a version and a license to list what is in the executable.`);
  }
  const files = names.filter((file) => LICENCE_FILE.test(file)).sort();
  const paths = [...files.map((file) => join(dir, file)), ...notices];
  const published = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  const texts = published.length > 0 ? published : await readTexts(UNPUBLISHED_TEXTS[name] ?? []);
  if (texts.length === 0 || texts.some((text) => text.trim() === '')) {
    throw new Error(
      `${name} ${version} is in the executable but has no text of its licence, ${license}. ` +
        'Put it into src/build/licences/texts and name it in read-package-licence.ts.',
    );
  }
  return { name, version, licence: license, contains, texts };
}
