import type { LicensedPart } from './licensed-part.ts';
import { markdownTableRows } from './markdown-table-rows.ts';
import { readTexts } from './read-texts.ts';

/** Bun's own page about its licence: it names what is linked into it, in tables with a name and a licence. */
const PAGE = 'bun.md';

/** Libraries whose own notices are at hand; of the others there are the terms that the page names. */
const OWN_TEXTS: Readonly<Record<string, string>> = {
  boringssl: 'bun/boringssl.txt',
  brotli: 'bun/brotli.txt',
  libarchive: 'libvips/libarchive.txt',
  zstd: 'bun/zstd.txt',
  'zlib-ng': 'libvips/zlib-ng.txt',
  'c-ares': 'bun/c-ares.txt',
  'libicu 78': 'bun/libicu.txt',
  libdeflate: 'bun/libdeflate.txt',
  'libjpeg-turbo': 'libvips/mozjpeg.txt',
  libwebp: 'libvips/libwebp.txt',
};

const TERMS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bMIT\b/, 'MIT.txt'],
  [/BSD 2-Clause/, 'BSD-2-Clause.txt'],
  [/BSD 3-Clause/, 'BSD-3-Clause.txt'],
  [/Apache 2\.0/, 'Apache-2.0.txt'],
  [/LGPL v2\.1/, 'LGPL-2.1.txt'],
  [/PNG Reference Library License/, 'libvips/libpng.txt'],
];

/**
 * Bun, which runs the program, and what is linked into it.
 * @throws {Error} for a part whose licence, as the page names it, is not at hand
 */
export async function readBunLicences(): Promise<LicensedPart[]> {
  const [page = ''] = await readTexts([PAGE]);
  // JavaScriptCore, which the page tells of in words, is under the second version.
  const texts = [page, ...(await readTexts(['MIT.txt', 'LGPL-2.0.txt']))];
  const parts = await Promise.all(markdownTableRows(page).map(([name = '', licence = '']) => readRow(name, licence)));
  return [{ name: 'Bun', version: Bun.version, licence: 'MIT', texts }, ...parts];
}

async function readRow(name: string, licence: string): Promise<LicensedPart> {
  const title = `${name} in Bun`;
  if (licence === 'public domain')
    return { name: title, version: '', licence, texts: [`${name} is in the public domain.`] };
  const own = OWN_TEXTS[name];
  const files = own ? [own] : TERMS.flatMap(([pattern, file]) => (pattern.test(licence) ? file : []));
  if (files.length > 0) return { name: title, version: '', licence, texts: await readTexts(files) };
  throw new Error(`Bun contains ${name}: expected its licence, "${licence}", in read-bun-licences.ts.`);
}
