import { describe, expect, test } from 'bun:test';
import { ApiKeys, createApiKey, parseApiKeys } from '../../src/http/access/api-keys.ts';
import { createTestApp, type TestApp } from '../helpers/create-test-app.ts';
import { listenTestServer, waitUntil } from '../helpers/listen-test-server.ts';
import { pngOf } from '../helpers/picture-bytes.ts';

const HOURLY = { count: 3, perMs: 3_600_000 };
const [alice, bob] = [createApiKey('alice'), createApiKey('bob')];
const keys = new ApiKeys(parseApiKeys(`${alice.line}\n${bob.line}`));
const body = JSON.stringify({ images: { front: Buffer.from(pngOf(32, 32)).toString('base64') } });

interface From {
  address?: string;
  key?: string;
  headers?: Record<string, string>;
}

function send({ app }: TestApp, path: string, { address = '192.0.2.1', key, headers }: From = {}, init = {}) {
  const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return app.request(path, { ...init, headers: { ...authorization, ...headers } }, { remoteAddress: address });
}

async function statusesOf(testApp: TestApp, from: From, count: number, path = '/api/jobs'): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await send(testApp, path, from)).status);
  return statuses;
}

function post(testApp: TestApp, from: From = {}) {
  const headers = { 'content-type': 'application/json', ...from.headers };
  return send(testApp, '/api/generate', { ...from, headers }, { method: 'POST', body });
}

describe('the rate of an address', () => {
  test('is limited with 429, a time and a sentence; another address goes on', async () => {
    const testApp = createTestApp({ ratePerAddress: HOURLY });
    expect(await statusesOf(testApp, {}, 3)).toEqual([200, 200, 200]);
    const refused = await send(testApp, '/api/jobs');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeWithin(1000, 1201);
    expect(Object.keys((await refused.json()) as object)).toEqual(['detail']);
    expect(await statusesOf(testApp, { address: '192.0.2.2' }, 1)).toEqual([200]);
  });

  test('does not count the page, health and readiness', async () => {
    const testApp = createTestApp({ ratePerAddress: { count: 1, perMs: 3_600_000 } });
    for (const path of ['/', '/assets/app.js', '/api/health', '/api/ready']) {
      expect(await statusesOf(testApp, {}, 3, path)).toEqual([200, 200, 200]);
    }
    expect(await statusesOf(testApp, {}, 2)).toEqual([200, 429]);
  });

  test('limits guessing keys, and one right key does not help the address', async () => {
    const testApp = createTestApp({ ratePerAddress: HOURLY }, { apiKeys: () => keys });
    expect(await statusesOf(testApp, { key: 'guess' }, 4)).toEqual([401, 401, 401, 429]);
    expect(await statusesOf(testApp, { key: alice.key }, 1)).toEqual([429]);
    expect(await statusesOf(testApp, { key: alice.key, address: '192.0.2.2' }, 1)).toEqual([200]);
  });

  test('believes X-Forwarded-For only as many proxies deep as there are', async () => {
    const forged = (n: number) => ({ headers: { 'x-forwarded-for': `203.0.113.${n}` } });
    const direct = createTestApp({ ratePerAddress: HOURLY });
    const behind = createTestApp({ ratePerAddress: HOURLY, proxyHops: 1 });
    for (let n = 0; n < 3; n++) {
      await send(direct, '/api/jobs', forged(n));
      await send(behind, '/api/jobs', forged(n));
    }
    expect((await send(direct, '/api/jobs', forged(9))).status).toBe(429);
    expect((await send(behind, '/api/jobs', forged(9))).status).toBe(200);
  });
});

test('the rate of a key holds for all its addresses, and not for another key', async () => {
  const testApp = createTestApp({ ratePerKey: HOURLY }, { apiKeys: () => keys });
  expect(await statusesOf(testApp, { key: alice.key, address: '192.0.2.1' }, 2)).toEqual([200, 200]);
  expect(await statusesOf(testApp, { key: alice.key, address: '192.0.2.2' }, 2)).toEqual([200, 429]);
  expect(await statusesOf(testApp, { key: bob.key }, 1)).toEqual([200]);
});

describe('requests at a time', () => {
  test('an event stream takes a place until its client leaves or the job ends', async () => {
    await using server = listenTestServer({ concurrencyPerAddress: 2 });
    const { job_id: id } = (await (await post(server, { address: 'other' })).json()) as { job_id: string };
    const open = (signal?: AbortSignal) =>
      fetch(`${server.origin}/api/events?job_id=${id}`, signal === undefined ? {} : { signal });
    const leaving = new AbortController();
    const [first, second] = [await open(leaving.signal), await open()];
    expect([first.status, second.status]).toEqual([200, 200]);
    const refused = await open();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    await refused.body?.cancel();

    leaving.abort();
    await waitUntil('the first stream is gone', () => server.jobs.activeSubscriptions === 1);
    const third = await open();
    expect(third.status).toBe(200);
    server.jobs.complete(id, new Uint8Array(1));
    await Promise.all([second.text(), third.text()]);
    const [fourth, fifth] = [await open(), await open()];
    expect([fourth.status, fifth.status]).toEqual([200, 200]);
    await Promise.all([fourth.text(), fifth.text()]);
    expect(server.faults).toEqual([]);
  });

  test('a refused or failed request gives its place back', async () => {
    const testApp = createTestApp({ concurrencyPerKey: 1, concurrencyPerAddress: 1 }, { apiKeys: () => keys });
    const paths = ['/api/status', '/nowhere', '/api/jobs', '/files/x/y', '/api/jobs'];
    const statuses: number[] = [];
    for (const path of paths) statuses.push((await send(testApp, path, { key: alice.key })).status);
    statuses.push((await send(testApp, '/api/jobs', { key: 'wrong' })).status);
    statuses.push((await send(testApp, '/api/jobs', { key: alice.key })).status);
    expect(statuses).toEqual([400, 404, 200, 404, 200, 401, 200]);
  });
});

describe('unfinished jobs of a client', () => {
  test('are limited by key; a finished one makes room', async () => {
    const testApp = createTestApp({ jobsPerClient: 2 }, { apiKeys: () => keys });
    const first = (await (await post(testApp, { key: alice.key })).json()) as { job_id: string };
    expect((await post(testApp, { key: alice.key })).status).toBe(200);
    const refused = await post(testApp, { key: alice.key });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(((await refused.json()) as { detail: string }).detail).toContain('2 unfinished jobs');
    expect((await post(testApp, { key: bob.key })).status).toBe(200);

    testApp.jobs.complete(first.job_id, new Uint8Array(1));
    expect((await post(testApp, { key: alice.key })).status).toBe(200);
  });

  test('are limited by address where there are no keys, and not by several requests at once', async () => {
    const testApp = createTestApp({ jobsPerClient: 3 });
    const responses = await Promise.all(Array.from({ length: 8 }, () => post(testApp)));
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(5);
    expect((await post(testApp, { address: '192.0.2.2' })).status).toBe(200);
  });

  test('a job that could not be made takes no place', async () => {
    const testApp = createTestApp({ jobsPerClient: 1 });
    testApp.jobs.refusal = new Error('disk full');
    expect((await post(testApp)).status).toBe(500);
    testApp.jobs.refusal = undefined;
    expect((await post(testApp)).status).toBe(200);
  });
});

describe('other origins', () => {
  const origin = 'https://shop.example.org';
  const preflight = (testApp: TestApp, from: string) =>
    testApp.app.request('/api/generate', {
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });

  test('get no leave by default', async () => {
    const testApp = createTestApp();
    const response = await testApp.app.request('/api/health', { headers: { origin } });
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect((await preflight(testApp, origin)).headers.has('access-control-allow-origin')).toBe(false);
  });

  test('may ask before they send a key, and read refusals too', async () => {
    const testApp = createTestApp({ corsOrigins: [origin] }, { apiKeys: () => keys });
    const asked = await preflight(testApp, origin);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
    expect(asked.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization');
    expect(asked.headers.has('access-control-allow-credentials')).toBe(false);
    const refused = await testApp.app.request('/api/jobs', { headers: { origin } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe(origin);
    expect(refused.headers.get('vary')).toContain('Origin');
    expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After');
  });

  test('that are not in the list get no leave', async () => {
    const testApp = createTestApp({ corsOrigins: [origin] });
    for (const other of ['https://evil.example.org', `${origin}.evil.org`, 'http://shop.example.org', 'null']) {
      expect((await preflight(testApp, other)).headers.has('access-control-allow-origin')).toBe(false);
    }
  });
});

describe('request ids', () => {
  test('a plain one of the client stands in the answer and in the report of a fault', async () => {
    const reported: unknown[] = [];
    const testApp = createTestApp({}, { onInternalError: (_error, request) => reported.push(request) });
    testApp.jobs.refusal = new Error('disk full');
    const response = await post(testApp, { headers: { 'x-request-id': 'proxy-7' } });
    expect([response.status, response.headers.get('x-request-id')]).toEqual([500, 'proxy-7']);
    const client = 'address:192.0.2.1';
    expect(reported).toEqual([{ requestId: 'proxy-7', method: 'POST', path: '/api/generate', client }]);
  });

  test.each(['', 'two words', 'x'.repeat(129), '<b>'])('%p is replaced by one of ours', async (id) => {
    const { app } = createTestApp();
    const given = (await app.request('/api/health', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(given).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('an answer is reported without its query, which may hold a token', async () => {
    const facts: object[] = [];
    const testApp = createTestApp({}, { onAnswer: (answer) => facts.push(answer) });
    await send(testApp, '/api/status?token=secret');
    expect(facts).toEqual([
      {
        requestId: expect.any(String),
        method: 'GET',
        path: '/api/status',
        client: 'address:192.0.2.1',
        status: 400,
        durationMs: expect.any(Number),
      },
    ]);
  });

  test('the job carries the id of the request that made it', async () => {
    const testApp = createTestApp();
    await post(testApp, { headers: { 'x-request-id': 'proxy-8' } });
    expect(testApp.jobs.inputs[0]?.requestId).toBe('proxy-8');
  });
});
