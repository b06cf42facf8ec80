import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DeliveryEnd, DeliveryObserver } from '../../webhooks/delivery-observer.ts';

const OUTCOMES = ['delivered', 'given_up', 'refused', 'dropped'] as const;
/** From a receiver next door to one that answers at the last attempt, with the longest pauses. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

/** Measures webhooks; without labels of receivers, which clients choose. */
export class WebhookMetrics implements DeliveryObserver {
  readonly #ends: Counter<'outcome'>;
  readonly #retries: Counter;
  readonly #durations: Histogram;
  readonly #pending: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#ends = new Counter({
      name: 'hy3d_webhook_deliveries_total',
      help: 'Webhooks that are over, by outcome: delivered, given_up, refused (not a public address) or dropped.',
      labelNames: ['outcome'],
      registers,
    });
    // Zeros from the start, or the first failure would not be seen as an increase.
    for (const outcome of OUTCOMES) this.#ends.inc({ outcome }, 0);
    this.#retries = new Counter({
      name: 'hy3d_webhook_retries_total',
      help: 'Attempts to deliver a webhook after one that failed.',
      registers,
    });
    this.#durations = new Histogram({
      name: 'hy3d_webhook_delivery_duration_seconds',
      help: 'Time from an event to the arrival of its webhook, all attempts included.',
      buckets: BUCKETS,
      registers,
    });
    this.#pending = new Gauge({
      name: 'hy3d_webhook_pending_deliveries',
      help: 'Webhooks that have neither arrived nor been given up.',
      registers,
    });
  }

  onTaken(): void {
    this.#pending.inc();
  }

  onDropped(): void {
    this.#ends.inc({ outcome: 'dropped' });
  }

  onRetry(): void {
    this.#retries.inc();
  }

  onEnd(end: DeliveryEnd, seconds: number): void {
    this.#pending.dec();
    this.#ends.inc({ outcome: end });
    if (end === 'delivered') this.#durations.observe(seconds);
  }
}
