import { type Context, Hono } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { AppError } from '../errors.ts';
import type { JobEvent, JobSnapshot } from '../jobs/job-service.ts';
import type { ClientJobsOf } from './client-jobs.ts';
import { toJobBody } from './job-body.ts';
import type { JobLinks, LinksOf } from './job-links.ts';
import { jobIdQuery, unknownJob } from './query.ts';

export interface EventRouteOptions {
  /** Pause between the comments that keep an idle stream open. */
  heartbeatMs: number;
  /** Called with a fault after the stream has begun, when no status can tell it any more; the stream just ends. */
  onError(error: unknown, context: Context): void;
}

/**
 * `GET /api/events?job_id=`: server-sent events of a job, each with the body of its status at that moment.
 *
 * Replays what came after the `Last-Event-ID` header (or the `last_event_id` parameter), follows the job and ends after
 * its terminal event. A client that reconnects after that gets 204, which stops an `EventSource` for good.
 */
export function createEventRoutes(jobsOf: ClientJobsOf, linksOf: LinksOf, options: EventRouteOptions) {
  return new Hono().get('/api/events', jobIdQuery, async (context) => {
    const jobs = jobsOf(context);
    const id = context.req.valid('query').job_id;
    const afterEventId = lastEventId(context);
    const job = jobs.get(id);
    if (!job) throw unknownJob();
    context.header('X-Accel-Buffering', 'no');
    if (context.req.method === 'HEAD') return context.body(null, 200, { 'Content-Type': 'text/event-stream' });

    const subscription = new AbortController();
    const events = jobs.subscribe(id, afterEventId, subscription.signal)[Symbol.asyncIterator]();
    let pending = events.next();
    if (isTerminal(job) && (await pending).done) return context.body(null, 204);
    const links = linksOf(context);
    return streamSSE(context, async (stream) => {
      stream.onAbort(() => subscription.abort());
      try {
        for (;;) {
          const next = await nextOrHeartbeat(pending, stream, options.heartbeatMs);
          if (next.done || stream.aborted) break;
          await writeEvent(stream, next.value, links);
          pending = events.next();
        }
      } catch (error) {
        options.onError(error, context);
      } finally {
        subscription.abort();
        await events.return?.();
      }
    });
  });
}

/** Waits for the next event and sends a comment after every idle `heartbeatMs`, so that no proxy closes the line. */
async function nextOrHeartbeat(
  next: Promise<IteratorResult<JobEvent>>,
  stream: SSEStreamingApi,
  heartbeatMs: number,
): Promise<IteratorResult<JobEvent>> {
  const idle = Symbol('idle');
  for (;;) {
    let timer: Timer | undefined;
    const pause = new Promise<typeof idle>((resolve) => {
      timer = setTimeout(() => resolve(idle), heartbeatMs);
    });
    const winner = await Promise.race([next, pause]).finally(() => clearTimeout(timer));
    if (winner !== idle) return winner;
    await stream.write(': heartbeat\n\n');
  }
}

async function writeEvent(stream: SSEStreamingApi, event: JobEvent, links: JobLinks): Promise<void> {
  await stream.writeSSE({
    id: String(event.id),
    event: event.type,
    data: JSON.stringify(toJobBody(event.job, links)),
  });
}

function lastEventId(context: Context): number {
  const text = context.req.header('last-event-id') || context.req.query('last_event_id') || '0';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AppError('request.invalid', 'Last-Event-ID: expected the number of the last event that was received.');
}

function isTerminal(job: JobSnapshot): boolean {
  return job.state === 'completed' || job.state === 'failed';
}
