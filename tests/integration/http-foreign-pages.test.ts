/** What pages of other sites can send through a browser, as bytes on a socket. */
import { describe, expect, test } from 'bun:test';
import type { AppDeps } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { ApiKeys, createApiKey, parseApiKeys } from '../../src/http/access/api-keys.ts';
import { EXAMPLE_REQUEST } from '../../src/http/openapi/example-request.ts';
import { listenTestServer, type TestServer } from '../helpers/listen-test-server.ts';

const REBOUND = { host: 'evil.example:7860', origin: 'http://evil.example:7860', 'sec-fetch-site': 'same-origin' };
const GENERATE = JSON.stringify(EXAMPLE_REQUEST);
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
});

interface Sent {
  /** Method and path. */
  line: string;
  version?: '1.0' | '1.1';
  headers?: Record<string, string>;
  body?: string;
}

/** Sends a request byte by byte as given, and reads the answer until the connection closes. */
async function send(server: TestServer, { line, version = '1.1', headers = {}, body = '' }: Sent) {
  const ended = Promise.withResolvers<void>();
  let text = '';
  const head = Object.entries({ connection: 'close', 'content-length': String(body.length), ...headers });
  await Bun.connect({
    hostname: '127.0.0.1',
    port: server.port,
    socket: {
      open: (socket) =>
        void socket.write(
          `${line} HTTP/${version}\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
        ),
      data(_socket, bytes) {
        text += bytes.toString();
      },
      close: () => ended.resolve(),
      error: (_socket, error) => ended.reject(error),
    },
  });
  await ended.promise;
  return { status: Number(text.split(' ')[1]), detail: /\{"detail":.*\}/.exec(text)?.[0] ?? '' };
}

const generate = (headers: Record<string, string>): Sent => ({ line: 'POST /api/generate', headers, body: GENERATE });
const callMcp = (headers: Record<string, string>): Sent => ({
  line: 'POST /mcp',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
  body: INITIALIZE,
});

async function statusOf(sent: Sent, config: Partial<Config> = {}, deps: Partial<AppDeps> = {}): Promise<number> {
  await using server = listenTestServer(config, deps);
  return (await send(server, sent)).status;
}

describe('a server on loopback without keys', () => {
  test.each([
    callMcp(REBOUND),
    generate(REBOUND),
    { line: 'POST /api/uploads', headers: REBOUND },
    { line: 'DELETE /api/jobs/x', headers: REBOUND },
    { line: 'GET /api/jobs', headers: REBOUND },
    { line: 'GET /api/status?job_id=x', headers: REBOUND },
    { line: 'GET /files/x/model.glb', headers: REBOUND },
    { line: 'GET /metrics', headers: REBOUND },
    { line: 'GET /no-such-route', headers: REBOUND },
  ])('refuses $line to a page whose name was made to point here', async (sent) => {
    await using server = listenTestServer();
    const { status, detail } = await send(server, sent);
    expect([status, detail]).toEqual([403, expect.stringMatching(/Host: expected .* --public-url .*evil\.example/)]);
    expect([server.jobs.inputs, server.faults]).toEqual([[], []]);
  });

  test.each([
    'evil.example',
    'localhost.evil.example',
    'evil-localhost',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil.example',
    'localhost, evil.example',
    'evil.example, localhost',
    'a b',
    '',
    '[::1',
  ])('answers to no host %p', async (host) => {
    expect(await statusOf({ line: 'GET /api/jobs', headers: { host } })).toBe(403);
  });

  test.each([
    'localhost',
    'LOCALHOST:7860',
    'localhost.',
    'hy3d.localhost:7860',
    '127.0.0.1',
    '127.1.2.3:80',
    '[::1]:7860',
    '192.168.1.5:7860',
  ])('answers to the host %p, which nobody else can point here', async (host) => {
    expect(await statusOf({ line: 'GET /api/jobs', headers: { host } })).toBe(200);
    expect(await statusOf(generate({ host, origin: `http://${host.toLowerCase()}` }))).toBe(200);
  });

  test('answers a program that names no host', async () => {
    expect(await statusOf({ line: 'GET /api/jobs', version: '1.0' })).toBe(200);
    expect(await statusOf({ ...generate({}), version: '1.0' })).toBe(200);
  });

  test('shows what is the same for everyone under any name', async () => {
    const headers = { host: 'evil.example' };
    for (const path of ['/', '/docs', '/openapi.json', '/api/health', '/api/ready']) {
      expect([path, await statusOf({ line: `GET ${path}`, headers })]).toEqual([path, 200]);
    }
  });

  test('answers behind a proxy to the names that its settings give', async () => {
    const publicUrl = 'https://hy3d.example.org/3d';
    const corsOrigins = ['https://shop.example.org'];
    const asked = (host: string) => statusOf(generate({ host }), { publicUrl, corsOrigins });
    expect(await asked('hy3d.example.org')).toBe(200);
    expect(await asked('shop.example.org')).toBe(200);
    expect(await asked('evil.example.org')).toBe(403);
    expect(
      await statusOf(callMcp({ host: 'hy3d.example.org', origin: 'https://hy3d.example.org' }), { publicUrl }),
    ).toBe(200);
    expect(await statusOf(generate({ host: 'any.example' }), { corsOrigins: '*' })).toBe(200);
  });
});

test('a server on the network, or with keys, answers to every name', async () => {
  const headers = { host: 'hy3d:7860' };
  expect(await statusOf(generate(headers), { host: '0.0.0.0' })).toBe(200);
  expect(await statusOf(callMcp(headers), { host: '0.0.0.0' })).toBe(200);
  const { key, line } = createApiKey('');
  const deps = { apiKeys: () => new ApiKeys(parseApiKeys(line)) };
  expect(await statusOf(generate({ ...headers, authorization: `Bearer ${key}` }), {}, deps)).toBe(200);
  expect(await statusOf(generate(REBOUND), {}, deps)).toBe(401);
});

describe('a page of another site', () => {
  const host = 'localhost:7860';

  test.each([
    { origin: 'https://evil.example' },
    { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
    { origin: 'null' },
    { origin: 'not an origin' },
    { 'sec-fetch-site': 'cross-site' },
  ])('with %p changes nothing, on loopback or not', async (headers) => {
    for (const config of [{}, { host: '0.0.0.0' }]) {
      await using server = listenTestServer(config);
      for (const sent of [
        generate({ host, ...headers }),
        callMcp({ host, ...headers }),
        { line: 'POST /api/uploads', headers: { host, ...headers } },
      ]) {
        const { status, detail } = await send(server, sent);
        expect([status, detail]).toEqual([403, expect.stringContaining('Origin: expected none')]);
      }
      expect([server.jobs.inputs, server.faults]).toEqual([[], []]);
    }
  });

  test.each([
    {},
    { origin: 'http://localhost:7860', 'sec-fetch-site': 'same-origin' },
    { origin: 'http://localhost:7860' },
    { 'sec-fetch-site': 'none' },
    // Behind a proxy that ends TLS and names this server by its own address.
    { origin: 'https://hy3d.example.org', 'sec-fetch-site': 'same-origin' },
  ])('is told from this server and from a program: %p', async (headers) => {
    expect(await statusOf(generate({ host, ...headers }))).toBe(200);
    expect(await statusOf(callMcp({ host, ...headers }))).toBe(200);
  });

  test('may do what the settings let its origin do', async () => {
    const headers = { host, origin: 'https://shop.example.org', 'sec-fetch-site': 'cross-site' };
    expect(await statusOf(generate(headers), { corsOrigins: ['https://shop.example.org'] })).toBe(200);
    expect(await statusOf(generate(headers), { corsOrigins: '*' })).toBe(200);
    expect(await statusOf(generate(headers), { publicUrl: 'https://shop.example.org/3d' })).toBe(200);
    expect(await statusOf(generate(headers), { corsOrigins: ['https://other.example.org'] })).toBe(403);
  });
});
