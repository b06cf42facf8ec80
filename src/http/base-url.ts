import type { Context } from 'hono';

/** Start of the absolute URLs in answers, without a slash at its end: the configured one, else the request's origin. */
export type BaseUrlOf = (context: Context) => string;

export function createBaseUrlOf(publicUrl: string | undefined): BaseUrlOf {
  return (context) => publicUrl ?? new URL(context.req.url).origin;
}
