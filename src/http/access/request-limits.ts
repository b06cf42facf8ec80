import type { Config } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { ConcurrencyLimiter } from './concurrency-limiter.ts';
import { RateLimiter } from './rate-limiter.ts';

/** When a place may be free is not known; open requests are short. */
const RETRY_AFTER_SECONDS = 1;

export type LimitSettings = Pick<
  Config,
  'ratePerAddress' | 'ratePerKey' | 'concurrencyPerAddress' | 'concurrencyPerKey'
>;

/** The rate and concurrency limits of one kind of client. */
export class RequestLimits {
  readonly #rate: RateLimiter | undefined;
  readonly #concurrency: ConcurrencyLimiter | undefined;
  readonly #noun: string;

  /** @param noun what the clients are, for people */
  constructor(noun: string, rate: Config['ratePerKey'], concurrency: number | undefined) {
    this.#noun = noun;
    this.#rate = rate && new RateLimiter(rate);
    this.#concurrency = concurrency === undefined ? undefined : new ConcurrencyLimiter(concurrency);
  }

  /**
   * Counts a request.
   * @returns what to call when it is over
   * @throws {AppError} `request.rate_limited`
   */
  enter(client: string): () => void {
    const waitSeconds = this.#rate?.take(client) ?? 0;
    if (waitSeconds > 0) {
      const retryAfterSeconds = Math.ceil(waitSeconds);
      const message = `Too many requests from this ${this.#noun}; try again in ${retryAfterSeconds} s.`;
      throw new AppError('request.rate_limited', message, { details: { retryAfterSeconds } });
    }
    if (this.#concurrency === undefined) return () => {};
    const leave = this.#concurrency.enter(client);
    if (leave !== undefined) return leave;
    const message = `Too many requests at a time from this ${this.#noun}; wait for one to end.`;
    throw new AppError('request.rate_limited', message, { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } });
  }
}
