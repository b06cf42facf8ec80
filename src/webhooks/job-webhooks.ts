import { randomUUID } from 'node:crypto';
import type { JobEvent, JobService, JobSnapshot } from '../jobs/job-service.ts';
import type { Log } from '../log.ts';
import type { AllowList } from './allow-list.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { type WebhookEvent, webhookEventOf } from './webhook-events.ts';
import { findUrlProblem } from './webhook-target.ts';

/** What a client asked to be told of. */
export interface WebhookSubscription {
  url: string;
  events: readonly WebhookEvent[];
}

/** What routes know of webhooks. */
export type Webhooks = Pick<JobWebhooks, 'findUrlProblem' | 'follow'>;

/** Follows jobs and sends what their clients want to know of them. */
export class JobWebhooks {
  readonly #queue: Pick<DeliveryQueue, 'add' | 'close'>;
  readonly #allow: AllowList;
  readonly #log: Log;
  readonly #followers = new Set<Promise<void>>();

  constructor(queue: Pick<DeliveryQueue, 'add' | 'close'>, allow: AllowList, log: Log) {
    this.#queue = queue;
    this.#allow = allow;
    this.#log = log;
  }

  /** What a URL can be refused for before a job is made, or undefined. */
  findUrlProblem(url: string): string | undefined {
    return findUrlProblem(url, this.#allow);
  }

  /**
   * Follows a job until it has ended.
   * @param bodyOf what the client is told of the job; the same as its status
   */
  follow(
    jobs: Pick<JobService, 'subscribe'>,
    jobId: string,
    subscription: WebhookSubscription,
    bodyOf: (job: JobSnapshot) => object,
  ): void {
    // Never aborted: the events of every job end, at the latest when the server stops.
    const events = jobs.subscribe(jobId, 0, new AbortController().signal);
    const done = this.#send(events, subscription, bodyOf)
      .catch((error: unknown) => this.#log.error({ jobId, err: error }, 'following a job for its webhook failed'))
      .finally(() => this.#followers.delete(done));
    this.#followers.add(done);
  }

  /** Call it when the jobs have ended: tells their ends, as far as that takes no longer than `graceMs`. */
  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#followers);
    await this.#queue.close(graceMs);
  }

  async #send(
    events: AsyncIterable<JobEvent>,
    { url, events: wanted }: WebhookSubscription,
    bodyOf: (job: JobSnapshot) => object,
  ): Promise<void> {
    for await (const { type, job } of events) {
      const event = type === 'state' ? webhookEventOf(job.state) : undefined;
      if (event === undefined || !wanted.includes(event)) continue;
      const body = JSON.stringify({ type: event, timestamp: timestampOf(job), data: bodyOf(job) });
      this.#queue.add({ id: `msg_${randomUUID()}`, url, body, jobId: job.id });
    }
  }
}

/** When the job came into its state. */
function timestampOf(job: JobSnapshot): string {
  return new Date(job.finishedAt ?? job.startedAt ?? job.createdAt).toISOString();
}
