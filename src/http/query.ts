import { zValidator } from '@hono/zod-validator';
import { z } from 'zod';
import { AppError } from '../errors.ts';

/** A parameter that is given once; an empty one counts as missing. */
function single(expected: string) {
  return z
    .union([z.string(), z.array(z.string())])
    .optional()
    .superRefine((value, context) => {
      if (Array.isArray(value)) context.addIssue(`expected one value, got ${value.length}`);
      else if (!value) context.addIssue(`expected ${expected}, got nothing`);
    })
    .transform(String);
}

const QuerySchema = z.object({ job_id: single('the id of a job in the query') });

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
