import { expect, test } from 'bun:test';
import { createTestApp, type TestApp } from '../helpers/create-test-app.ts';
import { pngOf } from '../helpers/picture-bytes.ts';

const front = Buffer.from(pngOf(32, 32)).toString('base64');

function post({ app }: TestApp, body: string, key?: string) {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  return app.request('/api/generate', { method: 'POST', headers, body });
}

test('a request that is sent again with its key gets the same answer to the byte, and a header that says so', async () => {
  const testApp = createTestApp();
  const first = await post(testApp, JSON.stringify({ images: { front } }), 'key-1');
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  const second = await post(testApp, JSON.stringify({ images: { front }, options: {} }, null, 2), 'key-1');
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  expect(await second.text()).toBe(await first.text());
  expect(testApp.jobs.inputs).toHaveLength(1);
});

test('a key with another body is a 422 that names the header', async () => {
  const testApp = createTestApp();
  await post(testApp, JSON.stringify({ images: { front } }), 'key-1');
  const other = await post(testApp, JSON.stringify({ images: { front }, options: { seed: 1 } }), 'key-1');
  expect(other.status).toBe(422);
  expect(await other.json()).toEqual({ detail: expect.stringMatching(/^Idempotency-Key: /) });
});

test('a key that no one could have meant is a 400', async () => {
  const testApp = createTestApp();
  for (const key of ['', 'x'.repeat(256), 'schlüssel']) {
    const response = await post(testApp, JSON.stringify({ images: { front } }), key);
    expect(response.status).toBe(400);
  }
  expect(testApp.jobs.inputs).toHaveLength(0);
});

test('an invalid body leaves its key free', async () => {
  const testApp = createTestApp();
  expect((await post(testApp, '{}', 'key-1')).status).toBe(400);
  expect((await post(testApp, JSON.stringify({ images: { front } }), 'key-1')).status).toBe(200);
});

test('cache: true answers with the finished job of an equal request', async () => {
  const testApp = createTestApp();
  const body = JSON.stringify({ images: { front }, options: { cache: true } });
  const { job_id } = (await (await post(testApp, body)).json()) as { job_id: string };
  testApp.jobs.complete(job_id, new Uint8Array(1));
  expect(await (await post(testApp, body)).json()).toEqual({ job_id, status: 'completed' });
});
