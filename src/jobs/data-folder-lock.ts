import { Database } from 'bun:sqlite';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessageOf } from '../errors.ts';

/**
 * Holds a data folder for this process, since a server removes what another one left there. SQLite's exclusive
 * lock is used for it: the operating system gives it back however the process ends, which a file with a process
 * id does not achieve.
 * @throws when another server holds the folder or it cannot be written.
 */
export class DataFolderLock implements Disposable {
  readonly #database: Database;

  constructor(dataDir: string) {
    mkdirSync(dataDir, { recursive: true });
    const path = join(dataDir, 'server.lock');
    this.#database = new Database(path, { create: true });
    try {
      this.#database.run('BEGIN EXCLUSIVE');
    } catch (cause) {
      this.#database.close();
      const advice = 'is another server using it? Give this one a data folder of its own';
      throw new Error(`The data folder ${dataDir} could not be locked (${errorMessageOf(cause)}); ${advice}.`, {
        cause,
      });
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
