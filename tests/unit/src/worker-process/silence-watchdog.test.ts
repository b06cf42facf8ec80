import { describe, expect, test } from 'bun:test';
import { SilenceWatchdog } from '../../../../src/worker-process/silence-watchdog.ts';

const TIMEOUT_MS = 20;

/** Resolves when a watchdog that nobody feeds has called back. */
function silence(): Promise<void> {
  return new Promise((resolve) => new SilenceWatchdog(TIMEOUT_MS, resolve));
}

describe('SilenceWatchdog', () => {
  test('calls back after silence, once', async () => {
    let calls = 0;
    using _watchdog = new SilenceWatchdog(TIMEOUT_MS, () => calls++);
    await silence();
    await silence();
    expect(calls).toBe(1);
  });

  test('does not call back after it was disposed', async () => {
    let calls = 0;
    const watchdog = new SilenceWatchdog(TIMEOUT_MS, () => calls++);
    watchdog[Symbol.dispose]();
    await silence();
    expect(calls).toBe(0);
  });

  test('does not take a stall of this process for silence of the other side', async () => {
    let calls = 0;
    using _watchdog = new SilenceWatchdog(TIMEOUT_MS, () => calls++);
    // Nothing can be read in here: what the other side wrote is found only afterwards.
    Bun.sleepSync(4 * TIMEOUT_MS);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(calls).toBe(0);
  });
});
