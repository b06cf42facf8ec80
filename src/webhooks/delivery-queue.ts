import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { type AttemptOptions, type AttemptOutcome, attemptDelivery, type Delivery } from './attempt-delivery.ts';
import type { DeliveryEnd, DeliveryObserver } from './delivery-observer.ts';
import { Places } from './places.ts';
import { retryDelayMs } from './retry-delay.ts';

const MAX_ATTEMPTS = 6;
const ATTEMPT_TIMEOUT_MS = 10_000;

/** How many messages may be under way at a time, and how many kept until they arrive or are given up. */
export interface DeliveryBounds {
  open: number;
  pending: number;
  /** Of `open`, for one receiver: few, so that those that never answer leave places to the others. */
  openPerReceiver: number;
  /** Of `pending`, for one receiver: more than a full queue of jobs, all of which may end at once. */
  pendingPerReceiver: number;
}

const BOUNDS: DeliveryBounds = { open: 32, pending: 4000, openPerReceiver: 4, pendingPerReceiver: 400 };

export interface DeliveryOptions extends AttemptOptions {
  log: Log;
  observer?: DeliveryObserver | undefined;
  bounds?: DeliveryBounds;
  /** Pause after an attempt that failed; by default growing, with jitter. */
  delayMs?: (attempt: number, retryAfterMs: number | undefined) => number;
  attemptTimeoutMs?: number;
}

/** What is pending for one origin. */
interface Receiver {
  pending: number;
  readonly places: Places;
}

/**
 * Delivers messages, several at a time, each again until it arrives: bounded in number, attempts and time, as a whole
 * and for each receiver. Messages are in memory alone; those that are pending when the process ends are lost.
 */
export class DeliveryQueue {
  readonly #options: DeliveryOptions;
  readonly #bounds: DeliveryBounds;
  readonly #closing = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  /** By origin; one for which nothing is pending takes no memory. */
  readonly #receivers = new Map<string, Receiver>();
  readonly #places: Places;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#bounds = options.bounds ?? BOUNDS;
    this.#places = new Places(this.#bounds.open);
  }

  /** Messages that have neither arrived nor been given up. */
  get pending(): number {
    return this.#pending.size;
  }

  add(delivery: Delivery): void {
    const { log, observer } = this.#options;
    const origin = originOf(delivery);
    const receiver = this.#receivers.get(origin) ?? { pending: 0, places: new Places(this.#bounds.openPerReceiver) };
    const refusal = this.#findRefusal(receiver);
    if (refusal !== undefined) {
      log.warn({ ...about(delivery), pending: receiver.pending }, `webhook dropped: ${refusal}`);
      observer?.onDropped();
      return;
    }
    receiver.pending += 1;
    this.#receivers.set(origin, receiver);
    observer?.onTaken();
    const startedAt = performance.now();
    const done = this.#deliver(delivery, receiver).then((end) => {
      this.#pending.delete(done);
      receiver.pending -= 1;
      if (receiver.pending === 0) this.#receivers.delete(origin);
      observer?.onEnd(end, (performance.now() - startedAt) / 1000);
    });
    this.#pending.add(done);
  }

  /** Gives the messages that are pending `graceMs` to arrive, then gives them up. */
  async close(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#closing.abort(), graceMs);
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    clearTimeout(timer);
    this.#closing.abort();
  }

  #findRefusal(receiver: Receiver): string | undefined {
    if (this.#closing.signal.aborted) return 'the server stops';
    if (receiver.pending >= this.#bounds.pendingPerReceiver) return 'too many are pending for this receiver';
    if (this.#pending.size >= this.#bounds.pending) return 'too many are pending';
    return undefined;
  }

  async #deliver(delivery: Delivery, receiver: Receiver): Promise<DeliveryEnd> {
    const { log, observer, delayMs = delayWithJitterMs } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(delivery, receiver);
      const facts = { ...about(delivery), attempt };
      if (outcome.kind === 'delivered') {
        log.debug(facts, 'webhook delivered');
        return 'delivered';
      }
      const { kind, reason, retryAfterMs } = outcome;
      if (kind === 'refused' || kind === 'gone' || attempt === MAX_ATTEMPTS) {
        log.warn({ ...facts, reason }, 'webhook given up');
        return kind === 'refused' ? 'refused' : 'given_up';
      }
      if (!this.#closing.signal.aborted) {
        const pauseMs = delayMs(attempt, retryAfterMs);
        log.info({ ...facts, reason, pauseMs }, 'webhook not delivered yet');
        await sleep(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
      if (this.#closing.signal.aborted) {
        log.warn({ ...facts, reason }, 'webhook given up: the server stops');
        return 'given_up';
      }
      observer?.onRetry();
    }
  }

  /**
   * One attempt, once it has its two places. That of the receiver comes first: a message that waits for its own
   * receiver must not take a place from those to others.
   */
  async #attempt(delivery: Delivery, receiver: Receiver): Promise<AttemptOutcome> {
    await receiver.places.take();
    await this.#places.take();
    try {
      const { attemptTimeoutMs = ATTEMPT_TIMEOUT_MS } = this.#options;
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(attemptTimeoutMs)]);
      return await attemptDelivery(delivery, this.#options, signal);
    } finally {
      this.#places.giveBack();
      receiver.places.giveBack();
    }
  }
}

function delayWithJitterMs(attempt: number, retryAfterMs: number | undefined): number {
  return retryDelayMs(attempt, Math.random(), retryAfterMs);
}

/** For the log: not the path and query of the URL, which may hold secrets. */
function about(delivery: Delivery): { webhookId: string; jobId: string; receiver: string } {
  return { webhookId: delivery.id, jobId: delivery.jobId, receiver: originOf(delivery) };
}

function originOf({ url }: Delivery): string {
  return new URL(url).origin;
}
