import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';

declare module 'hono' {
  interface ContextVariableMap {
    requestId: string;
  }
}

const HEADER = 'X-Request-Id';
const ACCEPTED = /^[\w.=+/-]{1,128}$/;

/**
 * Gives every request an id, which stands in its answer and in the log: that of the client or proxy where it is short
 * and plain, otherwise a new one.
 */
export function identifyRequests(): MiddlewareHandler {
  return async (context, next) => {
    const given = context.req.header(HEADER) ?? '';
    const id = ACCEPTED.test(given) ? given : randomUUID();
    context.set('requestId', id);
    await next();
    // Afterwards, since an answer that a route made by itself has no headers that were set before.
    context.res.headers.set(HEADER, id);
  };
}
