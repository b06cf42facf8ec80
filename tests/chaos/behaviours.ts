/** What a worker of these tests can do; jobs choose by their option `seed`, which is the index. */
export const BEHAVIOURS = ['quick', 'slow', 'hang', 'ignore-sigterm', 'crash'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

const MODEL_BYTES = 256 * 1024;

/** The whole model file of a job: it tells whose it is, everywhere in it, and how long it should be. */
export function modelOf(jobId: string): string {
  return jobId.repeat(Math.ceil(MODEL_BYTES / jobId.length)).slice(0, MODEL_BYTES);
}
