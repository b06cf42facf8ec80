import { Hono } from 'hono';
import { AppError } from '../errors.ts';
import type { ClientJobsOf } from './client-jobs.ts';
import { sendFile } from './send-file.ts';

/** The files of a finished job never change, and its id is never used again. */
const CACHE_FOREVER = 'public, max-age=31536000, immutable';

/**
 * `GET /files/:job_id/:name`. Names are looked up among the result files of the job and never joined to a path, so
 * there is no way out of its folder. `?download=1` asks the browser to save the file.
 */
export function createFileRoutes(jobsOf: ClientJobsOf) {
  return new Hono().get('/files/:job_id/:name', async (context) => {
    const id = context.req.param('job_id');
    const name = context.req.param('name');
    const path = jobsOf(context).resolveFile(id, name);
    const disposition = context.req.query('download') === '1' ? 'attachment' : 'inline';
    const response =
      path &&
      (await sendFile(context, path, {
        'Cache-Control': CACHE_FOREVER,
        'Content-Disposition': `${disposition}; filename="${name}"`,
      }));
    if (response) return response;
    throw new AppError(
      'request.not_found',
      'There is no such file: unknown job, unknown name, not finished, or expired.',
    );
  });
}
