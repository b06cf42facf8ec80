import type { Rate } from '../../config-values.ts';

interface Bucket {
  tokens: number;
  /** Milliseconds on the clock of the limiter. */
  filledAt: number;
}

/** Clients that are remembered; the ones seen last stay. */
const MAX_CLIENTS = 20_000;

/**
 * Token buckets, one a client: each starts full with `count` tokens and gains as many in `perMs`, so short bursts
 * pass and the mean is kept. Memory is bounded; a client that is forgotten starts with a full bucket.
 */
export class RateLimiter {
  readonly #count: number;
  readonly #tokensPerMs: number;
  readonly #now: () => number;
  readonly #maxClients: number;
  /** In the order of their last request. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param now monotonic milliseconds */
  constructor(rate: Rate, now: () => number = () => performance.now(), maxClients = MAX_CLIENTS) {
    this.#count = rate.count;
    this.#tokensPerMs = rate.count / rate.perMs;
    this.#now = now;
    this.#maxClients = maxClients;
  }

  /** Takes a token. @returns 0, or the seconds until there is one */
  take(client: string): number {
    const now = this.#now();
    const bucket = this.#buckets.get(client) ?? { tokens: this.#count, filledAt: now };
    bucket.tokens = Math.min(this.#count, bucket.tokens + (now - bucket.filledAt) * this.#tokensPerMs);
    bucket.filledAt = now;
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#maxClients && oldest !== undefined) this.#buckets.delete(oldest);
    if (bucket.tokens < 1) return (1 - bucket.tokens) / this.#tokensPerMs / 1000;
    bucket.tokens -= 1;
    return 0;
  }
}
