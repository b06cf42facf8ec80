import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { readPackageLicence } from '../../../../../src/build/licences/read-package-licence.ts';
import { scratchFolder } from '../../../../helpers/scratch-folder.ts';

const scratch = scratchFolder('hy3d-licences-');
const { write } = scratch;

function read(name: string, notices: string[] = []) {
  return readPackageLicence({ dir: join(scratch.path, 'node_modules', name), notices, contains: [] });
}

describe('a package', () => {
  test('is read with all its licences and notices', async () => {
    write('node_modules/a/package.json', { name: 'a', version: '1.2.3', license: 'Apache-2.0' });
    write('node_modules/a/LICENSE.md', 'licence');
    write('node_modules/a/NOTICE', 'notice');
    write('node_modules/a/dist/a.js.LICENSE.txt', 'notices of others');
    write('node_modules/a/README.md', 'not a licence');
    expect(await read('a', [join(scratch.path, 'node_modules/a/dist/a.js.LICENSE.txt')])).toMatchObject({
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
