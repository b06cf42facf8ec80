import type { Context } from 'hono';
import { AppError } from '../errors.ts';

/**
 * The one value of a query parameter, or undefined where it is missing or empty.
 * @throws {AppError} `request.invalid` where it is given more than once
 */
export function singleQuery(context: Context, name: string): string | undefined {
  const values = context.req.queries(name) ?? [];
  if (values.length > 1) throw new AppError('request.invalid', `${name}: expected one value, got ${values.length}.`);
  return values[0] || undefined;
}

/** @throws {AppError} `request.invalid` where `job_id` is missing */
export function requireJobId(context: Context): string {
  const id = singleQuery(context, 'job_id');
  if (id === undefined)
    throw new AppError('request.invalid', 'job_id: expected the id of a job in the query, got nothing.');
  return id;
}

export function unknownJob(): AppError {
  return new AppError('job.unknown', 'There is no job with this id; it never was, or it has expired.');
}
