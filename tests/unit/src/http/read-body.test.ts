import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../../src/errors.ts';
import { readBody } from '../../../../src/http/read-body.ts';

const LIMIT = 1000;

/** A request whose body comes in pieces; `wasCancelled` tells whether the reader gave up. */
function streamed(chunkCount: number, headers: Record<string, string> = {}, failAt = Number.POSITIVE_INFINITY) {
  const state = { pulled: 0, wasCancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (state.pulled === failAt) return controller.error(new Error('connection lost'));
        if (state.pulled++ < chunkCount) controller.enqueue(new Uint8Array(100).fill(state.pulled));
        else controller.close();
      },
      cancel() {
        state.wasCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { state, request: new Request('http://localhost/', { method: 'POST', body, headers }) };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'accepted',
    (error: unknown) => (error instanceof AppError ? error.code : error),
  );

describe('readBody', () => {
  test('joins the pieces of a body of exactly the limit', async () => {
    const body = await readBody(streamed(10).request, LIMIT);
    expect(body.length).toBe(LIMIT);
    expect([body[0], body[99], body[100], body[999]]).toEqual([1, 1, 2, 10]);
  });

  test('stops reading at the first byte too many where no length is stated', async () => {
    const { request, state } = streamed(1_000_000);
    expect(await codeOf(readBody(request, LIMIT))).toBe('request.too_large');
    expect(state).toEqual({ pulled: 11, wasCancelled: true });
  });

  test('does not believe a stated length that is too small', async () => {
    const { request, state } = streamed(1_000_000, { 'content-length': '10' });
    expect(await codeOf(readBody(request, LIMIT))).toBe('request.too_large');
    expect(state.pulled).toBe(11);
  });

  test('does not believe a stated length beside chunks', async () => {
    const { request } = streamed(50, { 'content-length': '10', 'transfer-encoding': 'chunked' });
    expect(await codeOf(readBody(request, LIMIT))).toBe('request.too_large');
  });

  test('refuses a stated length above the limit without reading', async () => {
    const { request, state } = streamed(1, { 'content-length': '1001' });
    expect(await codeOf(readBody(request, LIMIT))).toBe('request.too_large');
    expect(state.pulled).toBe(0);
  });

  test.each(['abc', '-5', ''])('counts for itself where the stated length is %p', async (length) => {
    expect(await codeOf(readBody(streamed(10, { 'content-length': length }).request, LIMIT))).toBe('accepted');
    expect(await codeOf(readBody(streamed(11, { 'content-length': length }).request, LIMIT))).toBe('request.too_large');
  });

  test('a body that breaks off is malformed', async () => {
    expect(await codeOf(readBody(streamed(5, {}, 2).request, LIMIT))).toBe('request.malformed');
  });

  test('no body is an empty one', async () => {
    expect((await readBody(new Request('http://localhost/', { method: 'POST' }), LIMIT)).length).toBe(0);
  });

  test('names the limit', async () => {
    await expect(readBody(streamed(11).request, LIMIT)).rejects.toThrow('(1000 bytes)');
    await expect(readBody(streamed(1, { 'content-length': '99999999' }).request, 64 * 1024 ** 2)).rejects.toThrow(
      '64 MiB',
    );
  });
});
