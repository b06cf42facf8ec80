import { readdirSync, readFileSync } from 'node:fs';

const POLL_MS = 5;
const GIVE_UP_MS = 20_000;

/** Whether a process runs; one that ended and was not yet collected by its parent does not count. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The session that a process belongs to, which a terminal's Ctrl-C reaches as a whole. */
export function sessionOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3]);
}

/** Open file handles of this process. */
export function openFileCount(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Waits for something that only the operating system knows; throws when it does not come. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  giveUpMs: number = GIVE_UP_MS,
): Promise<void> {
  const giveUpAt = performance.now() + giveUpMs;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain until ${what}`);
    await Bun.sleep(POLL_MS);
  }
}
