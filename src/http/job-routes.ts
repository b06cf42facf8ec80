import { Hono } from 'hono';
import type { JobService } from '../jobs/job-service.ts';
import type { BaseUrlOf } from './base-url.ts';
import { toJobBody } from './job-body.ts';
import { jobIdQuery, unknownJob } from './query.ts';

/** `GET /api/status`, `GET /api/jobs`, `DELETE /api/jobs/:id`. */
export function createJobRoutes(jobs: JobService, baseUrlOf: BaseUrlOf): Hono {
  return new Hono()
    .get('/api/status', jobIdQuery, (context) => {
      const job = jobs.get(context.req.valid('query').job_id);
      if (!job) throw unknownJob();
      return context.json(toJobBody(job, baseUrlOf(context)));
    })
    .get('/api/jobs', (context) => {
      const baseUrl = baseUrlOf(context);
      return context.json({ jobs: jobs.list().map((job) => toJobBody(job, baseUrl)) });
    })
    .delete('/api/jobs/:id', async (context) => {
      const job = await jobs.cancel(context.req.param('id'));
      if (!job) throw unknownJob();
      return context.json(toJobBody(job, baseUrlOf(context)));
    });
}
