import { AppError } from '../../errors.ts';
import type { JobService, JobSnapshot } from '../../jobs/job-service.ts';
import type { ClientJobs } from '../client-jobs.ts';
import { unknownJob } from '../query.ts';
import { type Client, clientName } from './client.ts';
import type { JobQuota } from './job-quota.ts';

export interface ScopeOptions {
  /** Stands in the log beside the jobs that the request makes. */
  requestId?: string;
  quota?: JobQuota | undefined;
}

/**
 * The jobs of one client: those that its key made, or the one that its token names. All others are as unknown to it
 * as if they had never been. Without keys everyone sees everything.
 */
export function scopeJobs(jobs: JobService, client: Client, options: ScopeOptions = {}): ClientJobs {
  const { requestId, quota } = options;
  const owner = clientName(client);
  const isVisible = (job: JobSnapshot): boolean => {
    if (client.kind === 'key') return job.owner === owner;
    return client.kind === 'address' || job.id === client.jobId;
  };
  const get = (id: string) => {
    const job = jobs.get(id);
    return job && isVisible(job) ? job : undefined;
  };
  return {
    scope: client.kind === 'address' ? '' : owner,
    async create(input) {
      if (client.kind === 'token')
        throw new AppError('request.unauthorized', 'A token lets read one job, not make one.');
      const owned = { ...input, owner, ...(requestId !== undefined && { requestId }) };
      return quota ? quota.create(jobs, owned) : jobs.create(owned);
    },
    get,
    list: () => jobs.list().filter(isVisible),
    renew: (id) => get(id) !== undefined && jobs.renew(id),
    cancel: async (id) => (get(id) ? jobs.cancel(id) : undefined),
    subscribe(id, afterEventId, signal) {
      if (!get(id)) throw unknownJob();
      return jobs.subscribe(id, afterEventId, signal);
    },
    resolveFile: (id, name) => (get(id) ? jobs.resolveFile(id, name) : undefined),
  };
}
