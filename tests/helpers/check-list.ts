import { errorMessageOf } from '../../src/errors.ts';

/** Runs named checks one after the other, prints a line for each, and counts what failed. */
export class CheckList {
  #passed = 0;
  #failed = 0;

  section(title: string): void {
    console.log(`\n${title}`);
  }

  /**
   * Runs a check; one that throws has failed, and the following ones still run.
   * @returns what the check returned, or undefined where it failed
   */
  async check<T>(name: string, run: () => T | Promise<T>): Promise<T | undefined> {
    const startedAt = performance.now();
    try {
      const value = await run();
      this.#passed++;
      const ms = performance.now() - startedAt;
      console.log(`  ✓ ${name}${ms >= 1000 ? ` (${(ms / 1000).toFixed(1)} s)` : ''}`);
      return value;
    } catch (error) {
      this.#failed++;
      console.log(`  ✗ ${name}\n${errorMessageOf(error).replace(/^/gm, '      ')}`);
      return undefined;
    }
  }

  /** Prints the counts and returns the exit code. */
  finish(): number {
    console.log(`\n${this.#passed} checks passed, ${this.#failed} failed`);
    return this.#failed === 0 ? 0 : 1;
  }
}
