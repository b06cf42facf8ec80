import { errorMessageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** Work that nobody waits for until the end: failures are logged. */
export class BackgroundWork {
  readonly #log: Log;
  readonly #pending = new Set<Promise<void>>();

  constructor(log: Log) {
    this.#log = log;
  }

  add(what: string, work: Promise<unknown>): void {
    const done = work
      .then(() => {})
      .catch((error: unknown) => this.#log.error({ err: error }, `${what} failed: ${errorMessageOf(error)}`))
      .finally(() => this.#pending.delete(done));
    this.#pending.add(done);
  }

  /** Resolves when all of it is done. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }
}
