import { type Env, Hono, type MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import type { RepeatedRequests } from '../jobs/repeated-requests.ts';
import type { Webhooks } from '../webhooks/job-webhooks.ts';
import type { JobCreatedBody } from './api-schemas.ts';
import type { ClientJobsOf } from './client-jobs.ts';
import { type GenerateInput, type GenerateRequest, parseGenerateRequest } from './generate-request.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import { toJobBody } from './job-body.ts';
import type { LinksOf } from './job-links.ts';
import { readBody } from './read-body.ts';
import type { UploadStore } from './upload-store.ts';

export interface GenerateLimits {
  maxBodyBytes: number;
  maxPixels: number;
}

export interface GenerateRouteDeps {
  jobsOf: ClientJobsOf;
  linksOf: LinksOf;
  repeated: RepeatedRequests;
  uploads: UploadStore;
  limits: GenerateLimits;
  /** Absent where the server sends none. */
  webhooks?: Webhooks | undefined;
}

/** `POST /api/generate`: checks the request and queues a job, or finds the one of an earlier request. */
export function createGenerateRoutes({ jobsOf, linksOf, repeated, uploads, limits, webhooks }: GenerateRouteDeps) {
  return new Hono().post('/api/generate', generateBody({ jobsOf, uploads, limits, webhooks }), async (context) => {
    const jobs = jobsOf(context);
    const { job: input, webhook } = context.req.valid('json');
    const key = readIdempotencyKey(context.req.header('idempotency-key'));
    const keyed = key === undefined ? undefined : { key, besides: webhook };
    const { id, state, isReplay } = await repeated.create(jobs, input, keyed);
    if (isReplay) context.header('Idempotency-Replayed', 'true');
    else if (webhook) {
      const links = linksOf(context);
      webhooks?.follow(jobs, id, webhook, (snapshot) => toJobBody(snapshot, links));
    }
    return context.json<JobCreatedBody>({ job_id: id, status: state });
  });
}

/** Reads and checks the body; its type is what the typed client sends. */
function generateBody({
  jobsOf,
  uploads,
  limits,
  webhooks,
}: Omit<GenerateRouteDeps, 'linksOf' | 'repeated'>): MiddlewareHandler<
  Env,
  string,
  { in: { json: GenerateRequest }; out: { json: GenerateInput } }
> {
  return async (context, next) => {
    requireJsonType(context.req.header('content-type'), context.req.header('content-encoding'));
    const { scope } = jobsOf(context);
    const body = await readBody(context.req.raw, limits.maxBodyBytes);
    const findUpload = (id: string) => uploads.get(scope, id);
    context.req.addValidatedData(
      'json',
      parseGenerateRequest(body, { maxPixels: limits.maxPixels, findUpload, webhooks }),
    );
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
