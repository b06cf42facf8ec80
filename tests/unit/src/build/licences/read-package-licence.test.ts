import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findBundledPackages } from '../../../../../src/build/licences/bundled-packages.ts';
import { readLibvipsLicences } from '../../../../../src/build/licences/read-libvips-licences.ts';
import { readPackageLicence } from '../../../../../src/build/licences/read-package-licence.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hy3d-licences-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

function read(name: string, notices: string[] = []) {
  return readPackageLicence({ dir: join(root, 'node_modules', name), notices, contains: [] });
}

describe('a package', () => {
  test('is read with all its licences and notices', async () => {
    write('node_modules/a/package.json', { name: 'a', version: '1.2.3', license: 'Apache-2.0' });
    write('node_modules/a/LICENSE.md', 'licence');
    write('node_modules/a/NOTICE', 'notice');
    write('node_modules/a/dist/a.js.LICENSE.txt', 'notices of others');
    write('node_modules/a/README.md', 'not a licence');
    expect(await read('a', [join(root, 'node_modules/a/dist/a.js.LICENSE.txt')])).toMatchObject({
      name: 'a',
      version: '1.2.3',
      licence: 'Apache-2.0',
      texts: ['licence', 'notice', 'notices of others'],
    });
  });

  test.each([
    ['has no text', {}, 'a 1.2.3 is in the executable but has no text of its licence, MIT. Put it into'],
    ['has an empty text', { LICENSE: ' \n' }, 'a 1.2.3 is in the executable but has no text of its licence, MIT'],
  ])('that %s fails the build', async (_, files: Record<string, string>, message) => {
    write('node_modules/a/package.json', { name: 'a', version: '1.2.3', license: 'MIT' });
    for (const [name, text] of Object.entries(files)) write(`node_modules/a/${name}`, text);
    await expect(read('a')).rejects.toThrow(message);
  });

  test('that names no licence fails the build', async () => {
    write('node_modules/a/package.json', { name: 'a', version: '1.2.3' });
    write('node_modules/a/LICENSE', 'text');
    await expect(read('a')).rejects.toThrow('expected a name, a version and a license');
  });

  test('that is not installed fails the build', async () => {
    await expect(read('a')).rejects.toThrow('node_modules/a is in the executable but not installed');
  });
});

describe('what the bundler used', () => {
  const find = (inputs: Record<string, number>, paths: string[]) => {
    const entries = Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }]);
    const metafile = { outputs: { 'main.js': { inputs: Object.fromEntries(entries) } } };
    return findBundledPackages(metafile, paths, { checkout: '/checkout', target: root });
  };

  test('are the packages of which some code was left, those inside others too', async () => {
    const inputs = {
      'src/main.ts': 9,
      'node_modules/@a/b/index.js': 1,
      'node_modules/@a/b/node_modules/c/c.js': 1,
      '../elsewhere/node_modules/d/d.js': 1,
      'node_modules/dropped/index.js': 0,
    };
    expect((await find(inputs, [])).map(({ dir }) => dir)).toEqual([
      '/checkout/node_modules/@a/b',
      '/checkout/node_modules/@a/b/node_modules/c',
      '/checkout/node_modules/d',
    ]);
  });

  test('are the packages of scripts and libraries, and those in their source maps, from where they are installed', async () => {
    write('node_modules/page/page.js.map', { sources: ['src/page.ts', '../../../node_modules/drawing/index.js'] });
    const inputs = { 'node_modules/page/index.js': 1, 'node_modules/zip/index.js': 1 };
    expect((await find(inputs, ['src/web/index.html', 'node_modules/page/page.js'])).map(({ dir }) => dir)).toEqual([
      join(root, 'node_modules/drawing'),
      join(root, 'node_modules/page'),
      '/checkout/node_modules/zip',
    ]);
  });

  test('is one package where its publisher added the notices of those inside', async () => {
    write('node_modules/page/page.js.map', { sources: ['webpack://page/./node_modules/@x/drawing/index.js'] });
    write('node_modules/page/page.css.map', { sources: ['webpack://page/./node_modules/colours/all.css'] });
    write('node_modules/page/page.js.LICENSE.txt', 'drawing is mine');
    write('node_modules/page/other.js.LICENSE.txt', 'of a file that is not in the executable');
    expect(await find({}, ['node_modules/page/page.css', 'node_modules/page/page.js'])).toEqual([
      {
        dir: join(root, 'node_modules/page'),
        notices: [join(root, 'node_modules/page/page.js.LICENSE.txt')],
        contains: ['@x/drawing', 'colours'],
      },
    ]);
  });
});

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
