import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A token is good until the end of the window after the one in which it was made: for one to two hours. */
const WINDOW_MS = 3_600_000;
const TOKEN = /^([0-9a-f-]{36})\.([0-9a-z]{1,9})\.([\w-]{43})$/;

/**
 * Tokens for the addresses of one job's files and events, where a browser cannot send a key: pictures, links, the 3D
 * viewer, an `EventSource`. Whoever has one may read this job for a while and nothing else.
 *
 * Signed with a secret of this process, which knows its jobs no longer than its tokens. Made anew once a window, so
 * that addresses stay the same in between and browsers find files in their caches.
 */
export class UrlTokens {
  readonly #secret = randomBytes(32);
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  issue(jobId: string): string {
    const expiresAt = (Math.floor(this.#now() / WINDOW_MS) + 2) * WINDOW_MS;
    const grant = `${jobId}.${expiresAt.toString(36)}`;
    return `${grant}.${this.#sign(grant).toString('base64url')}`;
  }

  /** @returns the id of the job that a token lets read; undefined where it is forged, broken or too old */
  verify(token: string): string | undefined {
    const [, jobId, expiry, signature] = TOKEN.exec(token) ?? [];
    if (jobId === undefined || expiry === undefined || signature === undefined) return undefined;
    const isOurs = timingSafeEqual(this.#sign(`${jobId}.${expiry}`), Buffer.from(signature, 'base64url'));
    return isOurs && this.#now() < Number.parseInt(expiry, 36) ? jobId : undefined;
  }

  #sign(grant: string): Buffer {
    return createHmac('sha256', this.#secret).update(grant).digest();
  }
}
