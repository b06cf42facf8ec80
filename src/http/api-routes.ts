import { type Context, Hono } from 'hono';
import type { Config } from '../config.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { RepeatedRequests } from '../jobs/repeated-requests.ts';
import type { Webhooks } from '../webhooks/job-webhooks.ts';
import type { ClientJobsOf } from './client-jobs.ts';
import { createEventRoutes } from './event-routes.ts';
import { createFileRoutes } from './file-routes.ts';
import { createGenerateRoutes } from './generate-routes.ts';
import { createHealthRoutes } from './health-routes.ts';
import type { LinksOf } from './job-links.ts';
import { createJobRoutes } from './job-routes.ts';
import { createUploadRoutes } from './upload-routes.ts';
import type { UploadStore } from './upload-store.ts';

export interface ApiDeps {
  jobs: JobService;
  jobsOf: ClientJobsOf;
  linksOf: LinksOf;
  repeated: RepeatedRequests;
  uploads: UploadStore;
  config: Pick<Config, 'maxBodyBytes' | 'maxPixels' | 'eventHeartbeatMs'>;
  /** Absent where the server sends none. */
  webhooks?: Webhooks | undefined;
  /** Called with a fault after an event stream has begun. */
  onStreamError(error: unknown, context: Context): void;
}

/** The routes of the REST API; their types are those of the typed client. */
export function createApiRoutes({
  jobs,
  jobsOf,
  linksOf,
  repeated,
  uploads,
  config,
  webhooks,
  onStreamError,
}: ApiDeps) {
  return new Hono()
    .route('/', createHealthRoutes(jobs))
    .route('/', createGenerateRoutes({ jobsOf, linksOf, repeated, uploads, limits: config, webhooks }))
    .route('/', createUploadRoutes(jobsOf, uploads, config))
    .route('/', createJobRoutes(jobsOf, linksOf))
    .route('/', createEventRoutes(jobsOf, linksOf, { heartbeatMs: config.eventHeartbeatMs, onError: onStreamError }))
    .route('/', createFileRoutes(jobsOf));
}
export type Api = ReturnType<typeof createApiRoutes>;
