import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { listenTestServer } from '../helpers/listen-test-server.ts';
import { pngOf } from '../helpers/picture-bytes.ts';

const server = listenTestServer();
afterAll(() => server[Symbol.asyncDispose]());

const model = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
let url = '';

beforeAll(async () => {
  const front = Buffer.from(pngOf(32, 32)).toString('base64');
  const response = await fetch(`${server.origin}/api/generate`, {
    method: 'POST',
    body: JSON.stringify({ images: { front } }),
    headers: { 'content-type': 'application/json' },
  });
  const { job_id: id } = (await response.json()) as { job_id: string };
  server.jobs.complete(id, model);
  url = `${server.origin}/files/${id}/model.glb`;
});

const get = (headers: Record<string, string> = {}, method = 'GET') => fetch(url, { headers, method });
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

describe('GET /files/:job_id/:name', () => {
  test('sends the whole file with its type, a strong ETag and a year of caching', async () => {
    const response = await get();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('model/gltf-binary');
    expect(response.headers.get('content-length')).toBe('100000');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    expect(response.headers.get('content-disposition')).toBe('inline; filename="model.glb"');
    expect(response.headers.get('etag')).toMatch(/^"[^"]+"$/);
    expect(await bytesOf(response)).toEqual(model);
  });

  test.each([
    ['preview.png', 'image/png'],
    ['sheet.png', 'image/png'],
    ['report.json', 'application/json'],
  ])('%s has the type %s', async (name, type) => {
    const response = await fetch(url.replace('model.glb', name));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
  });

  test('?download=1 asks the browser to save it', async () => {
    const response = await fetch(`${url}?download=1`);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="model.glb"');
    await response.body?.cancel();
  });

  test('HEAD tells size and type without a body', async () => {
    const response = await get({}, 'HEAD');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('100000');
    expect(response.headers.get('content-type')).toBe('model/gltf-binary');
    expect((await bytesOf(response)).length).toBe(0);
  });

  test('If-None-Match with the right tag answers 304 without a body', async () => {
    const etag = (await get({}, 'HEAD')).headers.get('etag') ?? '';
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await get({ 'if-none-match': header });
      expect(response.status).toBe(304);
      expect(response.headers.get('etag')).toBe(etag);
      expect((await bytesOf(response)).length).toBe(0);
    }
    const response = await get({ 'if-none-match': '"other"' });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  test.each([
    ['bytes=0-0', 0, 0],
    ['bytes=1000-1999', 1000, 1999],
    ['bytes=99990-', 99_990, 99_999],
    ['bytes=-10', 99_990, 99_999],
    ['bytes=99999-200000', 99_999, 99_999],
  ])('sends the part %s', async (range, first, last) => {
    const response = await get({ range });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${first}-${last}/100000`);
    expect(response.headers.get('content-length')).toBe(String(last - first + 1));
    expect(await bytesOf(response)).toEqual(model.subarray(first, last + 1));
  });

  test.each(['bytes=0-1,5-6', 'bytes=9-5', 'items=0-1', 'bytes=x'])('ignores the range %s', async (range) => {
    const response = await get({ range });
    expect(response.status).toBe(200);
    expect(await bytesOf(response)).toEqual(model);
  });

  test.each(['bytes=100000-', 'bytes=100000-100001', 'bytes=-0'])('refuses the range %s', async (range) => {
    const response = await get({ range });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */100000');
    expect(Object.keys((await response.json()) as object)).toEqual(['detail']);
  });

  test('If-Range sends the part for the same file and the whole for another', async () => {
    const etag = (await get({}, 'HEAD')).headers.get('etag') ?? '';
    const same = await get({ range: 'bytes=0-9', 'if-range': etag });
    expect([same.status, (await bytesOf(same)).length]).toEqual([206, 10]);
    const other = await get({ range: 'bytes=0-9', 'if-range': '"other"' });
    expect([other.status, (await bytesOf(other)).length]).toEqual([200, 100_000]);
  });

  test('parts add up to the file', async () => {
    const parts: Uint8Array[] = [];
    for (let first = 0; first < model.length; first += 33_333) {
      parts.push(await bytesOf(await get({ range: `bytes=${first}-${first + 33_332}` })));
    }
    expect(new Uint8Array(Buffer.concat(parts))).toEqual(model);
  });

  test('other names in the folder of the job are not served', async () => {
    for (const name of ['MODEL.GLB', 'model.glb%2f', 'input.png', '.', '%2e%2e%2fmodel.glb', 'model.glb;x']) {
      const response = await fetch(url.replace('model.glb', name));
      expect([name, response.status]).toEqual([name, 404]);
    }
    expect(server.faults).toEqual([]);
  });
});
