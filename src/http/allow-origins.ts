import { cors } from 'hono/cors';
import type { Origins } from '../config-values.ts';

/** How long a browser remembers what it may send. */
const MAX_AGE_SECONDS = 600;

/** Lets pages of other origins call the API. Keys go in a header, so no cookies are ever allowed. */
export function allowOrigins(origins: Origins) {
  return cors({
    origin: origins === '*' ? '*' : [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'DELETE'],
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'Last-Event-ID',
      'Mcp-Protocol-Version',
      'Range',
      'X-Request-Id',
    ],
    exposeHeaders: [
      'Accept-Ranges',
      'Content-Disposition',
      'Content-Range',
      'ETag',
      'Idempotency-Replayed',
      'Retry-After',
      'X-Request-Id',
    ],
    maxAge: MAX_AGE_SECONDS,
  });
}
