import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AllowList } from './allow-list.ts';
import { postWebhook } from './post-webhook.ts';
import { parseRetryAfterMs, retryDelayMs } from './retry-delay.ts';
import { signWebhook } from './sign-webhook.ts';
import { checkTarget, RefusedTargetError, type ResolveHost } from './webhook-target.ts';

const MAX_ATTEMPTS = 6;
const MAX_PENDING = 1000;
const MAX_OPEN = 8;
const ATTEMPT_TIMEOUT_MS = 10_000;
/** The status by which a receiver says that it wants no more. */
const GONE = 410;

/** One message to one receiver. */
export interface Delivery {
  /** The same at each attempt, for receivers to recognise what they have already. */
  id: string;
  url: string;
  body: string;
  jobId: string;
}

export interface DeliveryOptions {
  keys: readonly Uint8Array[];
  allow: AllowList;
  userAgent: string;
  log: Log;
  resolveHost?: ResolveHost | undefined;
  /** Pause after an attempt that failed; by default growing, with jitter. */
  delayMs?: (attempt: number, retryAfterMs: number | undefined) => number;
  /** Messages that are kept until they arrive or are given up; further ones are dropped. */
  maxPending?: number;
  attemptTimeoutMs?: number;
}

type Outcome =
  | { kind: 'delivered' }
  | { kind: 'refused' | 'failed'; reason: string; retryAfterMs?: number | undefined };

/**
 * Delivers messages, several at a time, each again until it arrives: bounded in number, attempts and time. Messages are
 * in memory alone; those that are pending when the process ends are lost.
 */
export class DeliveryQueue {
  readonly #options: DeliveryOptions;
  readonly #closing = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  readonly #waiting: Array<() => void> = [];
  #open = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Messages that have neither arrived nor been given up. */
  get pending(): number {
    return this.#pending.size;
  }

  add(delivery: Delivery): void {
    const { log, maxPending = MAX_PENDING } = this.#options;
    if (this.#closing.signal.aborted || this.#pending.size >= maxPending) {
      log.warn({ ...about(delivery), pending: this.#pending.size }, 'webhook dropped: too many are pending');
      return;
    }
    const done = this.#deliver(delivery).finally(() => this.#pending.delete(done));
    this.#pending.add(done);
  }

  /** Gives the messages that are pending `graceMs` to arrive, then gives them up. */
  async close(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#closing.abort(), graceMs);
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    clearTimeout(timer);
    this.#closing.abort();
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { log, delayMs = (attempt, retryAfterMs) => retryDelayMs(attempt, Math.random(), retryAfterMs) } =
      this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(delivery);
      const facts = { ...about(delivery), attempt };
      if (outcome.kind === 'delivered') return log.debug(facts, 'webhook delivered');
      if (this.#closing.signal.aborted) return log.warn(facts, 'webhook given up: the server stops');
      if (outcome.kind === 'refused' || attempt === MAX_ATTEMPTS) {
        return log.warn({ ...facts, reason: outcome.reason }, 'webhook given up');
      }
      const pauseMs = delayMs(attempt, outcome.retryAfterMs);
      log.info({ ...facts, reason: outcome.reason, pauseMs }, 'webhook not delivered yet');
      await sleep(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => {});
    }
  }

  async #attempt({ id, url: text, body }: Delivery): Promise<Outcome> {
    const { keys, allow, userAgent, resolveHost, attemptTimeoutMs = ATTEMPT_TIMEOUT_MS } = this.#options;
    await this.#takePlace();
    try {
      const url = new URL(text);
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(attemptTimeoutMs)]);
      signal.throwIfAborted();
      const target = await Promise.race([checkTarget(url, allow, resolveHost), rejectOnAbort(signal)]);
      const headers = { 'user-agent': userAgent, ...signWebhook(id, Date.now(), body, keys) };
      const { status, retryAfter } = await postWebhook({ url, target, headers, body, signal });
      if (status >= 200 && status < 300) return { kind: 'delivered' };
      const reason = `answered ${status}`;
      return status === GONE
        ? { kind: 'refused', reason }
        : { kind: 'failed', reason, retryAfterMs: parseRetryAfterMs(retryAfter, Date.now()) };
    } catch (error) {
      const kind = error instanceof RefusedTargetError ? 'refused' : 'failed';
      return { kind, reason: errorMessageOf(error) };
    } finally {
      this.#givePlaceBack();
    }
  }

  /** Waits until fewer than the bound are open. */
  async #takePlace(): Promise<void> {
    if (this.#open < MAX_OPEN) this.#open += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place on, where somebody waits for it. */
  #givePlaceBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#open -= 1;
    else next();
  }
}

/** A look-up cannot be ended, only left behind. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** For the log: not the path and query of the URL, which may hold secrets. */
function about({ id, jobId, url }: Delivery): { webhookId: string; jobId: string; receiver: string } {
  return { webhookId: id, jobId, receiver: new URL(url).origin };
}
