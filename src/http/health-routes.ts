import { Hono } from 'hono';
import type { JobService } from '../jobs/job-service.ts';
import { API_VERSION } from '../version.ts';
import { NOT_READY_DETAILS, readinessOf } from './readiness.ts';

const RETRY_AFTER = { 'Retry-After': '5' };

/**
 * `GET /api/health`: the process answers. `GET /api/ready`: what a load balancer should do with it.
 *
 * `ready` and `busy` answer 200. A busy server stays in rotation, since only it knows its jobs and their files: it
 * refuses what does not fit into its queue with 429 itself. `draining` and `no_device` answer 503.
 */
export function createHealthRoutes(jobs: JobService) {
  return new Hono()
    .get('/api/health', (context) => context.json({ status: 'ok', version: API_VERSION }))
    .get('/api/ready', (context) => {
      const stats = jobs.stats();
      const status = readinessOf(stats);
      const body = {
        queued: stats.queued,
        queue_limit: stats.queueLimit,
        processing: stats.processing,
        devices: stats.devices.map(({ kind, index, name, state }) => ({ kind, index, name, state })),
      };
      if (status === 'ready' || status === 'busy') return context.json({ status, ...body });
      return context.json({ status, detail: NOT_READY_DETAILS[status], ...body }, 503, RETRY_AFTER);
    });
}

/** The same routes while the server is starting; every other one is told to come back. */
export function createStartingRoutes() {
  return new Hono()
    .get('/api/health', (context) => context.json({ status: 'ok', version: API_VERSION }))
    .get('/api/ready', (context) => {
      return context.json({ status: 'starting', detail: NOT_READY_DETAILS.starting }, 503, RETRY_AFTER);
    })
    .all('*', (context) => context.json({ detail: NOT_READY_DETAILS.starting }, 503, RETRY_AFTER));
}
