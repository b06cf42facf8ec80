import { type Env, Hono, type MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import type { JobInput } from '../jobs/job-service.ts';
import type { JobCreatedBody } from './api-schemas.ts';
import type { ClientJobsOf } from './client-jobs.ts';
import { type GenerateRequest, parseGenerateRequest } from './generate-request.ts';
import { readBody } from './read-body.ts';

export interface GenerateLimits {
  maxBodyBytes: number;
  maxPixels: number;
}

/** `POST /api/generate`: checks the request and queues a job. */
export function createGenerateRoutes(jobsOf: ClientJobsOf, limits: GenerateLimits) {
  return new Hono().post('/api/generate', generateBody(limits), async (context) => {
    const job = await jobsOf(context).create(context.req.valid('json'));
    return context.json<JobCreatedBody>({ job_id: job.id, status: 'queued' });
  });
}

/** Reads and checks the body; its type is what the typed client sends. */
function generateBody(
  limits: GenerateLimits,
): MiddlewareHandler<Env, string, { in: { json: GenerateRequest }; out: { json: JobInput } }> {
  return async (context, next) => {
    requireJsonType(context.req.header('content-type'), context.req.header('content-encoding'));
    const body = await readBody(context.req.raw, limits.maxBodyBytes);
    context.req.addValidatedData('json', parseGenerateRequest(body, limits));
    await next();
  };
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
