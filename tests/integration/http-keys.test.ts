import { afterAll, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { ApiKeys, createApiKey, parseApiKeys } from '../../src/http/access/api-keys.ts';
import { createTestApp, type TestApp } from '../helpers/create-test-app.ts';
import { listenTestServer, waitUntil } from '../helpers/listen-test-server.ts';
import { pngOf } from '../helpers/picture-bytes.ts';

const [alice, bob] = [createApiKey('alice'), createApiKey('bob')];
const keys = new ApiKeys(parseApiKeys(`${alice.line}\n${bob.line}`));
const withKeys = { apiKeys: () => keys };
const MODEL = new Uint8Array([1, 2, 3]);

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const body = JSON.stringify({ images: { front: Buffer.from(pngOf(32, 32)).toString('base64') } });

function post({ app }: TestApp, headers: Record<string, string> = {}): Response | Promise<Response> {
  return app.request('/api/generate', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

async function createJob(testApp: TestApp, key: string): Promise<string> {
  return ((await (await post(testApp, bearer(key))).json()) as { job_id: string }).job_id;
}

interface Status {
  model_urls: Record<string, string>;
  events_url: string;
}

async function statusOf({ app }: TestApp, id: string, key: string): Promise<Status> {
  return (await (await app.request(`/api/status?job_id=${id}`, { headers: bearer(key) })).json()) as Status;
}

describe('without a key', () => {
  const testApp = createTestApp({}, withKeys);

  test.each([
    ['GET', '/api/status?job_id=x'],
    ['GET', '/api/jobs'],
    ['GET', '/api/events?job_id=x'],
    ['DELETE', '/api/jobs/x'],
    ['POST', '/api/generate'],
    ['GET', '/files/x/model.glb'],
    ['GET', '/metrics'],
    ['GET', '/nowhere'],
    ['GET', '/api/health/../jobs'],
    ['GET', '//api/health'],
  ])('%s %s answers 401 in the form of every error', async (method, path) => {
    const response = await testApp.app.request(path, { method });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(Object.keys((await response.json()) as object)).toEqual(['detail']);
  });

  test.each(['/', '/assets/app.js', '/api/health', '/api/ready'])('%s is open', async (path) => {
    expect((await testApp.app.request(path)).status).toBe(200);
  });

  test.each([
    'Bearer',
    'Bearer ',
    alice.key,
    `Basic ${alice.key}`,
    `Bearer ${alice.key}x`,
    `Bearer ${alice.key} ${bob.key}`,
    `Bearer ${alice.line}`,
    `Bearer ${createHash('sha256').update(alice.key).digest('hex')}`,
    `Bearer ${createApiKey('').key}`,
  ])('a header that holds no key is refused without being repeated: %#', async (authorization) => {
    const response = await testApp.app.request('/api/jobs', { headers: { authorization } });
    expect(response.status).toBe(401);
    if (authorization.length > 43) expect(await response.text()).not.toContain(authorization.slice(-43));
  });

  test('nothing is stored and nothing is a fault', async () => {
    expect((await post(testApp)).status).toBe(401);
    expect(testApp.jobs.inputs).toEqual([]);
    expect(testApp.faults).toEqual([]);
  });
});

describe('jobs belong to the key that made them', () => {
  test('for every other key they are unknown, and nothing happens to them', async () => {
    const testApp = createTestApp({}, withKeys);
    const { app, jobs } = testApp;
    const id = await createJob(testApp, alice.key);
    const unknown = '00000000-0000-4000-8000-000000000000';
    const paths: Array<[string, (id: string) => string]> = [
      ['GET', (job) => `/api/status?job_id=${job}`],
      ['GET', (job) => `/api/events?job_id=${job}`],
      ['DELETE', (job) => `/api/jobs/${job}`],
      ['GET', (job) => `/files/${job}/model.glb`],
      ['HEAD', (job) => `/files/${job}/model.glb`],
    ];
    for (const [method, pathOf] of paths) {
      const [foreign, missing] = [
        await app.request(pathOf(id), { method, headers: bearer(bob.key) }),
        await app.request(pathOf(unknown), { method, headers: bearer(bob.key) }),
      ];
      expect([method, pathOf(id), foreign.status]).toEqual([method, pathOf(id), 404]);
      // Not even the words tell that there is such a job.
      expect(await foreign.text()).toBe(await missing.text());
    }
    expect(jobs.get(id)?.state).toBe('queued');
    expect(jobs.activeSubscriptions).toBe(0);

    jobs.complete(id, MODEL);
    const foreignFile = await app.request(`/files/${id}/model.glb`, { headers: bearer(bob.key) });
    expect(foreignFile.status).toBe(404);
    const ownFile = await app.request(`/files/${id}/model.glb`, { headers: bearer(alice.key) });
    expect(new Uint8Array(await ownFile.arrayBuffer())).toEqual(MODEL);
    expect(ownFile.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
  });

  test('each key lists and cancels its own', async () => {
    const testApp = createTestApp({}, withKeys);
    const own = await createJob(testApp, alice.key);
    const foreign = await createJob(testApp, bob.key);
    const list = await testApp.app.request('/api/jobs', { headers: bearer(alice.key) });
    const { jobs } = (await list.json()) as { jobs: Array<{ job_id: string }> };
    expect(jobs.map((job) => job.job_id)).toEqual([own]);
    expect(list.headers.get('cache-control')).toBe('private, no-cache');

    const cancelled = await testApp.app.request(`/api/jobs/${own}`, { method: 'DELETE', headers: bearer(alice.key) });
    expect(await cancelled.json()).toMatchObject({ status: 'failed', error_code: 'cancelled' });
    expect(testApp.jobs.get(foreign)?.state).toBe('queued');
  });

  test('the owner is not told to clients', async () => {
    const testApp = createTestApp({}, withKeys);
    const id = await createJob(testApp, alice.key);
    expect(testApp.jobs.get(id)?.owner).toMatch(/^key:/);
    expect(await statusOf(testApp, id, alice.key)).not.toHaveProperty('owner');
  });
});

describe('the token in the URLs of a job', () => {
  const server = listenTestServer({}, withKeys);
  afterAll(() => server[Symbol.asyncDispose]());
  const pathOf = (url: string) => url.slice(url.indexOf('/', 'http://'.length));

  test('opens its files and events where no header can be sent', async () => {
    const id = await createJob(server, alice.key);
    const { events_url: events } = await statusOf(server, id, alice.key);
    const stream = await fetch(server.origin + pathOf(events));
    expect(stream.status).toBe(200);
    server.jobs.complete(id, MODEL);
    const [, last] = [...(await stream.text()).matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''));
    const { model_urls: urls } = await statusOf(server, id, alice.key);
    expect(Object.values<string>(last.model_urls).map(pathOf)).toEqual(Object.values(urls).map(pathOf));
    for (const url of Object.values(urls)) {
      const response = await fetch(server.origin + pathOf(url));
      expect([url, response.status]).toEqual([url, 200]);
      await response.body?.cancel();
    }
    const download = await fetch(`${server.origin}${pathOf(urls.glb ?? '')}&download=1`);
    expect(download.headers.get('content-disposition')).toStartWith('attachment');
    expect(new Uint8Array(await download.arrayBuffer())).toEqual(MODEL);
    await waitUntil('the subscription is gone', () => server.jobs.activeSubscriptions === 0);
  });

  test('opens nothing else: no other job, no cancelling, no making', async () => {
    const [id, other] = [await createJob(server, alice.key), await createJob(server, alice.key)];
    server.jobs.complete(other, MODEL);
    const token = new URL((await statusOf(server, id, alice.key)).events_url).searchParams.get('token');
    const statusFor = async (path: string, init?: RequestInit) =>
      (await fetch(`${server.origin}${path}${path.includes('?') ? '&' : '?'}token=${token}`, init)).status;
    expect(await statusFor(`/api/status?job_id=${id}`)).toBe(200);
    expect(await statusFor(`/api/status?job_id=${other}`)).toBe(404);
    expect(await statusFor(`/files/${other}/model.glb`)).toBe(404);
    expect(await statusFor(`/api/jobs/${id}`, { method: 'DELETE' })).toBe(401);
    const headers = { 'content-type': 'application/json' };
    expect(await statusFor('/api/generate', { method: 'POST', headers, body })).toBe(401);
    expect(await statusFor(`/api/status?job_id=${id}`, { headers: bearer('wrong') })).toBe(401);

    const listed = await fetch(`${server.origin}/api/jobs?token=${token}`);
    const { jobs } = (await listed.json()) as { jobs: Array<{ job_id: string }> };
    expect(jobs.map((job) => job.job_id)).toEqual([id]);
  });

  test('is refused when it is forged', async () => {
    const id = await createJob(server, alice.key);
    for (const token of ['', 'x', `${id}.zzzzzzzz.${'A'.repeat(43)}`]) {
      expect((await fetch(`${server.origin}/api/status?job_id=${id}&token=${token}`)).status).toBe(401);
    }
  });
});

describe('without keys set up', () => {
  test('everyone sees every job, and URLs have no token', async () => {
    const testApp = createTestApp();
    const id = ((await (await post(testApp)).json()) as { job_id: string }).job_id;
    testApp.jobs.complete(id, MODEL);
    const status = await (await testApp.app.request(`/api/status?job_id=${id}`)).json();
    expect(status).toMatchObject({ model_urls: { glb: `http://localhost/files/${id}/model.glb` } });
    expect(status).not.toHaveProperty('events_url');
    const file = await testApp.app.request(`/files/${id}/model.glb`);
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await testApp.app.request('/api/jobs', { headers: bearer('anything') })).status).toBe(200);
  });
});
