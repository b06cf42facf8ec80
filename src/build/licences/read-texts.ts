import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Licences of parts that come without one, in files named after the part or the licence. */
const TEXTS_DIR = join(import.meta.dir, 'texts');

/**
 * @param names file names in `texts`, with `/` between folders
 * @throws {Error} that names a file which is not there
 */
export function readTexts(names: readonly string[]): Promise<string[]> {
  return Promise.all(
    names.map(async (name) => {
      try {
        return await readFile(join(TEXTS_DIR, name), 'utf8');
      } catch (cause) {
        throw new Error(`src/build/licences/texts/${name} is missing: the licence of a part of the executable.`, {
          cause,
        });
      }
    }),
  );
}
