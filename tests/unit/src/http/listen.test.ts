import { describe, expect, test } from 'bun:test';
import { Hono } from 'hono';
import { answer, listen } from '../../../../src/http/listen.ts';
import { StartError } from '../../../../src/start-error.ts';

const app = new Hono()
  .get('/small', (context) => context.json({ status: 'ok' }))
  .get('/events', (context) => context.body('data: x\n\n', 200, { 'content-type': 'text/event-stream' }))
  .get('/file', () => new Response(new Uint8Array(100_000), { headers: { 'content-length': '100000' } }));

describe('answer', () => {
  test.each([
    ['/small', 'GET', []],
    ['/events', 'GET', [0]],
    ['/file', 'GET', [0]],
    ['/file', 'HEAD', []],
  ])('%s by %s sets the idle timeouts %p', async (path, method, expected) => {
    const timeouts: number[] = [];
    const request = new Request(`http://localhost${path}`, { method });
    await answer(app, request, { timeout: (_, seconds) => void timeouts.push(seconds) });
    expect(timeouts).toEqual(expected);
  });
});

describe('listen', () => {
  test('refuses a port that is taken and says what to do', async () => {
    const first = listen(app, { host: '127.0.0.1', port: 0 });
    try {
      const second = () => listen(app, { host: '127.0.0.1', port: first.port ?? 0 });
      expect(second).toThrow(StartError);
      expect(second).toThrow(`Port ${first.port} on 127.0.0.1 is taken`);
    } finally {
      await first.stop(true);
    }
  });

  test('refuses an address that is not of this machine', () => {
    expect(() => listen(app, { host: '192.0.2.1', port: 0 })).toThrow('cannot listen on 192.0.2.1');
  });
});
