import { zValidator } from '@hono/zod-validator';
import { z } from 'zod';
import { AppError } from '../errors.ts';

const EXPECTATION = 'expected the id of a job in the query, got nothing';

const QuerySchema = z.object({
  job_id: z
    .string({
      error: ({ input }) => (Array.isArray(input) ? `expected one value, got ${input.length}` : EXPECTATION),
    })
    .min(1, { error: EXPECTATION }),
});

/**
 * Reads `job_id` from the query; further parameters pass.
 * Refuses with `request.invalid` where it is missing or given more than once.
 */
export const jobIdQuery = zValidator('query', QuerySchema, (result) => {
  if (result.success) return;
  const [issue] = result.error.issues;
  throw new AppError('request.invalid', `${issue?.path.join('.')}: ${issue?.message}.`);
});

export function unknownJob(): AppError {
  return new AppError('job.unknown', 'There is no job with this id; it never was, or it has expired.');
}
