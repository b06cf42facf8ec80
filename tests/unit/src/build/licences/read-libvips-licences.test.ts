import { describe, expect, test } from 'bun:test';
import { readLibvipsLicences } from '../../../../../src/build/licences/read-libvips-licences.ts';
import { scratchFolder } from '../../../../helpers/scratch-folder.ts';

const scratch = scratchFolder('hy3d-licences-');
const { write } = scratch;

describe('libraries inside libvips', () => {
  const head = '| Library | Used under the terms of |\n|---|---|\n';

  test('have the licence of the README and the version of the list', async () => {
    write(
      'README.md',
      `${head}| libtiff | [libtiff License](https://example.org) (BSD-like) |\n| libvips | LGPLv3 |\n`,
    );
    write('versions.json', { tiff: '4.7.2', vips: '8.18.7' });
    const parts = await readLibvipsLicences(scratch.path);
    expect(parts.map(({ name, version, licence }) => [name, version, licence])).toEqual([
      ['libtiff', '4.7.2', 'libtiff License (BSD-like)'],
      ['libvips', '8.18.7', 'LGPLv3'],
    ]);
  });

  test('that are new fail the build until their licence is there', async () => {
    write('README.md', `${head}| libnew | MIT License |\n`);
    write('versions.json', { new: '1.0.0' });
    await expect(readLibvipsLicences(scratch.path)).rejects.toThrow(
      'src/build/licences/texts/libvips/libnew.txt is missing',
    );
  });

  test('that the README does not list fail the build', async () => {
    write('README.md', head);
    write('versions.json', { tiff: '4.7.2' });
    await expect(readLibvipsLicences(scratch.path)).rejects.toThrow('expected the licences of tiff');
  });
});
