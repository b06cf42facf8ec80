const FIRST_DELAY_MS = 2_000;
const FACTOR = 4;
const MAX_DELAY_MS = 15 * 60_000;

/**
 * The pause after a failed attempt: 2 s, 8 s, 32 s and so on, each shortened by up to half, so that messages that failed
 * together do not come back together.
 * @param attempt the one that failed, from 1
 * @param random from 0 up to 1
 * @param retryAfterMs what the receiver asked for; a longer pause than ours is kept, within the bound
 */
export function retryDelayMs(attempt: number, random: number, retryAfterMs = 0): number {
  const backoffMs = FIRST_DELAY_MS * FACTOR ** (attempt - 1) * (1 - random / 2);
  return Math.min(MAX_DELAY_MS, Math.max(backoffMs, retryAfterMs));
}

/** Milliseconds of a `Retry-After` header, in seconds or as a date; undefined where it says nothing. */
export function parseRetryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
