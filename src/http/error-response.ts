import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AppError, type RequestErrorCode } from '../errors.ts';

/** The one table from request codes to statuses; total by type, so a code without a status does not compile. */
export const STATUS_BY_CODE: Readonly<Record<RequestErrorCode, ContentfulStatusCode>> = {
  'request.malformed': 400,
  'request.invalid': 400,
  'request.unauthorized': 401,
  'request.foreign_origin': 403,
  'request.not_found': 404,
  'job.unknown': 404,
  'request.method_not_allowed': 405,
  'job.not_cancellable': 409,
  'request.too_large': 413,
  'request.unsupported_media_type': 415,
  'request.range_not_satisfiable': 416,
  'request.key_reused': 422,
  'queue.full': 429,
  'request.rate_limited': 429,
  internal: 500,
  'server.starting': 503,
  'server.draining': 503,
  'server.no_device': 503,
};

const INTERNAL_DETAIL = 'The server failed to answer this request; its log says why.';
/** Where a refusal does not know better when to come back. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;

/**
 * The answer to any thrown value: `{"detail": "..."}` with the status of its code. Whatever is not an expected
 * refusal becomes 500 without its message, which may name files of this machine.
 */
export function toErrorResponse(error: unknown, context: Context): Response {
  if (!isRefusal(error)) return context.json({ detail: INTERNAL_DETAIL }, 500);
  const status = STATUS_BY_CODE[error.code];
  return context.json({ detail: error.message }, status, headersOf(error, status));
}

/** Whether a thrown value is an expected refusal; anything else is a fault of ours that belongs into the log. */
export function isRefusal(error: unknown): error is AppError<RequestErrorCode> {
  return error instanceof AppError && error.code !== 'internal' && Object.hasOwn(STATUS_BY_CODE, error.code);
}

function headersOf(error: AppError, status: number): Record<string, string> {
  if (status === 429 || status === 503) {
    const seconds = Number(error.details?.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS);
    return { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) };
  }
  if (status === 401) return { 'WWW-Authenticate': 'Bearer' };
  if (status === 405) return { Allow: String(error.details?.allow ?? '') };
  if (status === 416) return { 'Content-Range': `bytes */${error.details?.sizeBytes ?? '*'}` };
  return {};
}
