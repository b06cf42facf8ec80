/** Ticks within one timeout. */
const TICKS = 4;

/**
 * Calls back once when `feed` was not called for `timeoutMs` (at most a quarter longer). Silence is counted in
 * timer ticks instead of clock time: while this process itself was stopped or starved, the timer did not tick,
 * and what the other side wrote meanwhile is still waiting to be read.
 */
export class SilenceWatchdog implements Disposable {
  #silentTicks = 0;
  readonly #timer: Timer;

  constructor(timeoutMs: number, onSilence: () => void) {
    this.#timer = setInterval(() => {
      this.#silentTicks += 1;
      if (this.#silentTicks <= TICKS) return;
      clearInterval(this.#timer);
      onSilence();
    }, timeoutMs / TICKS);
  }

  feed(): void {
    this.#silentTicks = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
