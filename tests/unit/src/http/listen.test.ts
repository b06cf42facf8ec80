import { describe, expect, test } from 'bun:test';
import { Hono } from 'hono';
import { answer, listen } from '../../../../src/http/listen.ts';
import { StartError } from '../../../../src/start-error.ts';
import { waitUntil } from '../../../helpers/listen-test-server.ts';

const app = new Hono()
  .get('/small', (context) => context.json({ status: 'ok' }))
  .get('/events', (context) => context.body('data: x\n\n', 200, { 'content-type': 'text/event-stream' }))
  .get('/file', () => new Response(new Uint8Array(100_000), { headers: { 'content-length': '100000' } }));

describe('answer', () => {
  test('lifts the idle timeout for event streams and large files, and for nothing else', async () => {
    const lifted: string[] = [];
    const url = new URL('http://localhost');
    const timeout = ({ method, url }: Request, seconds: number) =>
      lifted.push(`${method} ${new URL(url).pathname} ${seconds}`);
    for (const [method, path] of [
      ['GET', '/small'],
      ['HEAD', '/file'],
      ['GET', '/events'],
      ['GET', '/file'],
    ] as const) {
      await answer(app, new Request(`http://localhost${path}`, { method }), { timeout, requestIP: () => null, url });
    }
    await waitUntil('the last timeout is lifted', () => lifted.includes('GET /file 0'));
    expect(lifted).toEqual(['GET /events 0', 'GET /file 0']);
  });
});

describe('listen', () => {
  test('tells the app the address of the other end', async () => {
    const echo = new Hono().get('/', (context) => context.json(context.env));
    const server = listen(echo, { host: '127.0.0.1', port: 0 });
    try {
      expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).json()).toEqual({ remoteAddress: '127.0.0.1' });
    } finally {
      await server.stop(true);
    }
  });

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
