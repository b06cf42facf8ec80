import { describe, expect, test } from 'bun:test';
import { Hono } from 'hono';
import { AppError, REQUEST_ERROR_CODES } from '../../../../src/errors.ts';
import { isRefusal, STATUS_BY_CODE, toErrorResponse } from '../../../../src/http/error-response.ts';

async function answerTo(error: unknown): Promise<Response> {
  const app = new Hono().get('/', () => {
    throw error;
  });
  app.onError(toErrorResponse);
  return await app.request('/');
}

describe('the table of request codes', () => {
  test.each([
    ['request.malformed', 400],
    ['request.invalid', 400],
    ['request.unauthorized', 401],
    ['request.not_found', 404],
    ['job.unknown', 404],
    ['request.method_not_allowed', 405],
    ['job.not_cancellable', 409],
    ['request.too_large', 413],
    ['request.unsupported_media_type', 415],
    ['request.range_not_satisfiable', 416],
    ['queue.full', 429],
    ['request.rate_limited', 429],
    ['internal', 500],
    ['server.starting', 503],
    ['server.draining', 503],
    ['server.no_device', 503],
  ] as const)('%s answers %d with its detail', async (code, status) => {
    const response = await answerTo(new AppError(code, 'A sentence.'));
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    const { detail, ...others } = (await response.json()) as { detail: string };
    expect(detail).toBe(
      code === 'internal' ? 'The server failed to answer this request; its log says why.' : 'A sentence.',
    );
    expect(others).toEqual({});
  });

  test('knows every code and nothing else', () => {
    expect(Object.keys(STATUS_BY_CODE).sort()).toEqual([...REQUEST_ERROR_CODES].sort());
  });
});

describe('toErrorResponse', () => {
  test('keeps the message of an unexpected error to itself', async () => {
    for (const error of [new Error('/secret/path'), new AppError('worker.exited', '/secret/path')]) {
      const response = await answerTo(error);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain('secret');
    }
  });

  test('says when to come back, in whole seconds and at least one', async () => {
    const retryAfter = async (details?: Record<string, unknown>) =>
      (await answerTo(new AppError('queue.full', 'Full.', details && { details }))).headers.get('retry-after');
    expect(await retryAfter({ retryAfterSeconds: 12.2 })).toBe('13');
    expect(await retryAfter({ retryAfterSeconds: 0 })).toBe('1');
    expect(await retryAfter()).toMatch(/^[1-9]\d*$/);
    expect((await answerTo(new AppError('server.draining', 'Bye.'))).headers.get('retry-after')).not.toBeNull();
  });

  test('asks for a key in the way that the standard wants', async () => {
    const { headers } = await answerTo(new AppError('request.unauthorized', 'No.'));
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });

  test('names the allowed methods and the size of a file', async () => {
    const method = await answerTo(
      new AppError('request.method_not_allowed', 'No.', { details: { allow: 'GET, HEAD' } }),
    );
    expect(method.headers.get('allow')).toBe('GET, HEAD');
    const range = await answerTo(new AppError('request.range_not_satisfiable', 'No.', { details: { sizeBytes: 5 } }));
    expect(range.headers.get('content-range')).toBe('bytes */5');
  });

  test('only expected refusals count as refusals', () => {
    expect(isRefusal(new AppError('queue.full', ''))).toBe(true);
    expect(isRefusal(new AppError('internal', ''))).toBe(false);
    expect(isRefusal(new AppError('worker.exited', ''))).toBe(false);
    expect(isRefusal(new Error(''))).toBe(false);
  });
});
