import { Hono } from 'hono';
import { AppError } from '../errors.ts';
import type { JobService } from '../jobs/job-service.ts';
import { API_VERSION } from '../version.ts';

/** `GET /api/health`: the process answers. `GET /api/ready`: it also takes jobs now. */
export function createHealthRoutes(jobs: JobService) {
  return new Hono()
    .get('/api/health', (context) => context.json({ status: 'ok', version: API_VERSION }))
    .get('/api/ready', (context) => {
      const { draining, devices, queued, processing } = jobs.stats();
      if (draining) throw new AppError('server.draining', 'The server is shutting down and takes no new jobs.');
      if (devices.every((device) => device.state === 'quarantined')) {
        throw new AppError('server.no_device', 'No device can run jobs at the moment; they are tried again soon.');
      }
      return context.json({
        status: 'ready',
        queued,
        processing,
        devices: devices.map(({ kind, index, name, state }) => ({ kind, index, name, state })),
      });
    });
}
