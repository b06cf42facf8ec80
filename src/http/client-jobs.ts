import type { Context } from 'hono';
import type { JobService } from '../jobs/job-service.ts';

/** What a client may do with jobs; jobs that it may not see are unknown to it. */
export type ClientJobs = Pick<
  JobService,
  'create' | 'get' | 'list' | 'renew' | 'cancel' | 'subscribe' | 'resolveFile'
> & {
  /** Clients of the same scope see the same jobs. */
  readonly scope: string;
};

/** The jobs of the client that sent a request. */
export type ClientJobsOf = (context: Context) => ClientJobs;
