import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import type { JobService } from '../../jobs/job-service.ts';

/** What the SDK gives to a tool besides its arguments. */
export type CallContext = Pick<
  RequestHandlerExtra<ServerRequest, ServerNotification>,
  '_meta' | 'sendNotification' | 'signal'
>;

/**
 * Waits for the end of a job, and tells of its progress where the caller asked for that. Ends early when the call is
 * cancelled; the job goes on.
 */
export async function followJob(jobs: Pick<JobService, 'subscribe'>, jobId: string, call: CallContext): Promise<void> {
  const progressToken = call._meta?.progressToken;
  let told = -1;
  for await (const { job } of jobs.subscribe(jobId, 0, call.signal)) {
    // The protocol wants each progress to be more than the one before.
    if (progressToken === undefined || job.progress <= told) continue;
    told = job.progress;
    const message = job.state === 'processing' ? (job.stage ?? job.state) : job.state;
    await call.sendNotification({
      method: 'notifications/progress',
      params: { progressToken, progress: job.progress, total: 100, message },
    });
  }
}
