import type { Context } from 'hono';

/** Absolute URLs of what belongs to a job, as one request is told them. */
export interface JobLinks {
  file(jobId: string, name: string): string;
  /** Only where the plain address of the events needs a key, which an `EventSource` cannot send. */
  events?(jobId: string): string;
}
export type LinksOf = (context: Context) => JobLinks;

/**
 * @param publicUrl start of the URLs, without a slash at its end; otherwise the request's origin
 * @param issueToken makes the token that stands for a key in the URLs of a job
 */
export function createLinksOf(publicUrl: string | undefined, issueToken?: (jobId: string) => string): LinksOf {
  return (context) => {
    const base = publicUrl ?? new URL(context.req.url).origin;
    const file = (jobId: string, name: string) => `${base}/files/${jobId}/${encodeURIComponent(name)}`;
    if (issueToken === undefined) return { file };
    return {
      file: (jobId, name) => `${file(jobId, name)}?token=${issueToken(jobId)}`,
      events: (jobId) => `${base}/api/events?job_id=${jobId}&token=${issueToken(jobId)}`,
    };
  };
}
