import type { JobSnapshot } from '../jobs/job-service.ts';

/** What clients can be told of. A cancelled job is a failed one with `error_code` `cancelled`. */
export const WEBHOOK_EVENTS = ['job.started', 'job.completed', 'job.failed'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Those that clients get who do not choose. */
export const DEFAULT_WEBHOOK_EVENTS: readonly WebhookEvent[] = ['job.completed', 'job.failed'];

const EVENT_BY_STATE: Readonly<Record<JobSnapshot['state'], WebhookEvent | undefined>> = {
  queued: undefined,
  processing: 'job.started',
  completed: 'job.completed',
  failed: 'job.failed',
};

/** The event that a job in this state is told by. */
export function webhookEventOf(state: JobSnapshot['state']): WebhookEvent | undefined {
  return EVENT_BY_STATE[state];
}
