import { Hono } from 'hono';
import type { ClientJobsOf } from './client-jobs.ts';
import { toJobBody } from './job-body.ts';
import type { LinksOf } from './job-links.ts';
import { jobIdQuery, unknownJob } from './query.ts';

/** `GET /api/status`, `GET /api/jobs`, `DELETE /api/jobs/:id`. */
export function createJobRoutes(jobsOf: ClientJobsOf, linksOf: LinksOf) {
  return new Hono()
    .get('/api/status', jobIdQuery, (context) => {
      const job = jobsOf(context).get(context.req.valid('query').job_id);
      if (!job) throw unknownJob();
      return context.json(toJobBody(job, linksOf(context)));
    })
    .get('/api/jobs', (context) => {
      const links = linksOf(context);
      return context.json({
        jobs: jobsOf(context)
          .list()
          .map((job) => toJobBody(job, links)),
      });
    })
    .delete('/api/jobs/:id', async (context) => {
      const job = await jobsOf(context).cancel(context.req.param('id'));
      if (!job) throw unknownJob();
      return context.json(toJobBody(job, linksOf(context)));
    });
}
