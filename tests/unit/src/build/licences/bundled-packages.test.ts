import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { findBundledPackages } from '../../../../../src/build/licences/bundled-packages.ts';
import { scratchFolder } from '../../../../helpers/scratch-folder.ts';

const scratch = scratchFolder('hy3d-licences-');
const { write } = scratch;

describe('what the bundler used', () => {
  const find = (inputs: Record<string, number>, paths: string[]) => {
    const entries = Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }]);
    const metafile = { outputs: { 'main.js': { inputs: Object.fromEntries(entries) } } };
    return findBundledPackages(metafile, paths, { checkout: '/checkout', target: scratch.path });
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
      join(scratch.path, 'node_modules/drawing'),
      join(scratch.path, 'node_modules/page'),
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
        dir: join(scratch.path, 'node_modules/page'),
        notices: [join(scratch.path, 'node_modules/page/page.js.LICENSE.txt')],
        contains: ['@x/drawing', 'colours'],
      },
    ]);
  });
});
