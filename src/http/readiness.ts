import type { JobService } from '../jobs/job-service.ts';

/** What a load balancer is told; the first that applies. */
export const READINESS = ['starting', 'draining', 'no_device', 'busy', 'ready'] as const;
export type Readiness = (typeof READINESS)[number];

/** Why the server takes no requests for jobs, for people. */
export const NOT_READY_DETAILS = {
  starting: 'The server is starting and looks for its devices; try again in a moment.',
  draining: 'The server is shutting down and takes no new jobs.',
  no_device: 'No device can run jobs at the moment; they are tried again soon.',
} as const satisfies Partial<Record<Readiness, string>>;

/** `busy` where a new job would wait or be refused: every usable device works, or the queue is full. */
export function readinessOf(stats: ReturnType<JobService['stats']>): Exclude<Readiness, 'starting'> {
  if (stats.draining) return 'draining';
  if (stats.devices.every((device) => device.state === 'quarantined')) return 'no_device';
  const hasIdleDevice = stats.devices.some((device) => device.state === 'idle');
  return hasIdleDevice && stats.queued < stats.queueLimit ? 'ready' : 'busy';
}
