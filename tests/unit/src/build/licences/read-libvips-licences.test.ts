import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readLibvipsLicences } from '../../../../../src/build/licences/read-libvips-licences.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hy3d-licences-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

describe('libraries inside libvips', () => {
  const head = '| Library | Used under the terms of |\n|---|---|\n';

  test('have the licence of the README and the version of the list', async () => {
    write(
      'README.md',
      `${head}| libtiff | [libtiff License](https://example.org) (BSD-like) |\n| libvips | LGPLv3 |\n`,
    );
    write('versions.json', { tiff: '4.7.2', vips: '8.18.7' });
    const parts = await readLibvipsLicences(root);
    expect(parts.map(({ name, version, licence }) => [name, version, licence])).toEqual([
      ['libtiff', '4.7.2', 'libtiff License (BSD-like)'],
      ['libvips', '8.18.7', 'LGPLv3'],
    ]);
  });

  test('that are new fail the build until their licence is there', async () => {
    write('README.md', `${head}| libnew | MIT License |\n`);
    write('versions.json', { new: '1.0.0' });
    await expect(readLibvipsLicences(root)).rejects.toThrow('src/build/licences/texts/libvips/libnew.txt is missing');
  });

  test('that the README does not list fail the build', async () => {
    write('README.md', head);
    write('versions.json', { tiff: '4.7.2' });
    await expect(readLibvipsLicences(root)).rejects.toThrow('expected the licences of tiff');
  });
});
