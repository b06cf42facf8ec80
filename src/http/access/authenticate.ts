import type { Context } from 'hono';
import { AppError } from '../../errors.ts';
import type { ApiKeys } from './api-keys.ts';
import type { Client } from './client.ts';
import type { UrlTokens } from './url-tokens.ts';

const BEARER = /^Bearer +(\S+)$/i;

/**
 * Finds out who sent a request: by `Authorization: Bearer <key>`, or, to read one job, by the `token` of its URLs.
 * A key wins over a token, and a wrong one is refused even beside a good token.
 * @throws {AppError} `request.unauthorized`
 */
export function authenticate(context: Context, keys: ApiKeys, tokens: UrlTokens): Client {
  const authorization = context.req.header('authorization');
  if (authorization !== undefined) {
    const key = keys.find(BEARER.exec(authorization)?.[1] ?? '');
    if (key !== undefined) return { kind: 'key', key };
    throw new AppError('request.unauthorized', 'Authorization: expected "Bearer" and an API key of this server.');
  }
  const token = context.req.query('token');
  if (token === undefined) {
    throw new AppError('request.unauthorized', 'This server needs an API key: send "Authorization: Bearer <key>".');
  }
  const isRead = context.req.method === 'GET' || context.req.method === 'HEAD';
  const jobId = isRead ? tokens.verify(token) : undefined;
  if (jobId !== undefined) return { kind: 'token', jobId };
  throw new AppError(
    'request.unauthorized',
    'token: not of this server, or too old; ask for the status to get a new one.',
  );
}
