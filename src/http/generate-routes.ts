import { Hono } from 'hono';
import { AppError } from '../errors.ts';
import type { ClientJobsOf } from './client-jobs.ts';
import { parseGenerateRequest } from './generate-request.ts';
import { readBody } from './read-body.ts';

export interface GenerateLimits {
  maxBodyBytes: number;
  maxPixels: number;
}

/** `POST /api/generate`: checks the request and queues a job. */
export function createGenerateRoutes(jobsOf: ClientJobsOf, limits: GenerateLimits): Hono {
  return new Hono().post('/api/generate', async (context) => {
    requireJsonType(context.req.header('content-type'), context.req.header('content-encoding'));
    const body = await readBody(context.req.raw, limits.maxBodyBytes);
    const job = await jobsOf(context).create(parseGenerateRequest(body, limits));
    return context.json({ job_id: job.id, status: 'queued' });
  });
}

/** A missing type is taken for JSON; only a stated other one is refused. */
function requireJsonType(type: string | undefined, encoding: string | undefined): void {
  const mediaType = type?.split(';')[0]?.trim().toLowerCase();
  if (mediaType && !/^application\/(?:[\w.-]+\+)?json$/.test(mediaType)) {
    throw new AppError('request.unsupported_media_type', 'Content-Type: expected application/json.');
  }
  if (encoding && encoding.trim().toLowerCase() !== 'identity') {
    throw new AppError('request.unsupported_media_type', 'Content-Encoding: expected a body without compression.');
  }
}
