import type { Context, MiddlewareHandler } from 'hono';
import { clientName } from './access/client.ts';

/** What the log tells of a request. Never its query, which may hold a token. */
export interface RequestFacts {
  requestId: string;
  method: string;
  path: string;
  /** Absent for open paths. */
  client?: string;
}

export interface AnswerFacts extends RequestFacts {
  status: number;
  /** To the head of the answer. */
  durationMs: number;
}

export function requestFacts(context: Context): RequestFacts {
  const client = context.get('client');
  return {
    requestId: context.get('requestId'),
    method: context.req.method,
    path: context.req.path,
    ...(client && { client: clientName(client) }),
  };
}

/** Tells of every request once it has an answer. */
export function reportAnswers(onAnswer: (facts: AnswerFacts) => void): MiddlewareHandler {
  return async (context, next) => {
    const startedAt = performance.now();
    await next();
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    onAnswer({ ...requestFacts(context), status: context.res.status, durationMs });
  };
}
