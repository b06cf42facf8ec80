/**
 * Runs every endpoint of a running server with the demo picture: `bun run test:api [--base-url URL]`.
 * Exits with 1 where an answer differs from the contract, with 2 where no server answers.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ApiClient, type Status } from './helpers/api-client.ts';
import { CheckList } from './helpers/check-list.ts';

const { values } = parseArgs({ options: { 'base-url': { type: 'string', default: 'http://localhost:7860' } } });
const api = new ApiClient(values['base-url']);
const list = new CheckList();

const EXAMPLE_DIR = join(import.meta.dir, '../src/web/examples/robot');
const picture = (view: string) => readFileSync(join(EXAMPLE_DIR, `${view}.png`)).toString('base64');
const front = picture('front');

await api.fetch('/api/health').catch(() => {
  console.error(`No server answers at ${values['base-url']}: start one with "bun run serve", or give --base-url.`);
  process.exit(2);
});

list.section('Health');
await list.check('GET /api/health is ok and has version 2.1', async () => {
  assert.equal(await (await api.fetch('/api/health')).text(), '{"status":"ok","version":"2.1"}');
});
await list.check('GET /api/ready names devices', async () => {
  const { devices } = await api.json<{ devices: unknown[] }>('/api/ready');
  assert.ok(devices.length > 0);
});

list.section('A job from one picture');
const id = await list.check('POST /api/generate queues a job', () => api.generate({ images: { front } }));
if (id) {
  const events = api.events(id);
  await list.check('GET /api/jobs lists it', async () => {
    const { jobs } = await api.json<{ jobs: Status[] }>('/api/jobs');
    assert.ok(jobs.some((job) => job.job_id === id));
  });
  const done = await list.check('GET /api/status follows it to completed', async () => {
    const status = await api.waitForEnd(id);
    assert.equal(status.status, 'completed', status.error ?? 'no error was given');
    assert.equal(status.progress, 100);
    assert.ok(Object.keys(status.timings).length > 0);
    return status;
  });
  await list.check('GET /api/events told every state in order and ended', async () => {
    const received = await events;
    const states = received.filter((event) => event.type === 'state').map((event) => event.status.status);
    assert.deepEqual([...new Set(states)], ['queued', 'processing', 'completed']);
    assert.ok(received.some((event) => event.type === 'progress'));
    assert.ok(received.every((event, i) => i === 0 || event.id > (received[i - 1]?.id ?? 0)));
  });
  await list.check('GET /api/events replays from Last-Event-ID', async () => {
    const all = await api.events(id);
    const lastButOne = all.at(-2)?.id;
    assert.deepEqual(await api.events(id, lastButOne), all.slice(-1));
  });
  if (done?.model_urls) await checkFiles(done.model_urls);
}

list.section('A job from four pictures, geometry only');
await list.check('all three options off give a GLB without textures', async () => {
  const images = { front, back: picture('back'), left: picture('left'), right: picture('right') };
  const options = { enable_pbr: false, should_remesh: false, should_texture: false };
  const status = await api.waitForEnd(await api.generate({ images, options }));
  assert.equal(status.status, 'completed', status.error ?? 'no error was given');
  const json = await readGlb(status.model_urls?.glb ?? '');
  assert.equal(json.images, undefined);
  assert.ok((json.meshes?.length ?? 0) > 0);
});

list.section('Cancelling');
await list.check('DELETE /api/jobs/:id ends a job, and again changes nothing', async () => {
  const cancelled = await api.generate({ images: { front: `data:image/png;base64,${front}` } });
  for (let i = 0; i < 2; i++) {
    const status = await api.json<Status>(`/api/jobs/${cancelled}`, { method: 'DELETE' });
    assert.equal(status.status, 'failed');
    assert.equal(status.error_code, 'cancelled');
  }
  assert.equal((await api.status(cancelled)).error_code, 'cancelled');
});

list.section('Errors');
const refused = (name: string, answer: () => Promise<Response>, status: number, detail: RegExp) =>
  list.check(`${name}: ${status}`, () => api.expectRefusal(answer(), status, detail));
await refused('no front picture', () => api.post({ images: {} }), 400, /images\.front/);
await refused('no base64', () => api.post({ images: { front: '<>' } }), 400, /images\.front: .*not base64/);
await refused('an SVG', () => api.post({ images: { front: btoa('<svg/>') } }), 400, /SVG/);
await refused('an unknown option', () => api.post({ images: { front }, options: { x: 1 } }), 400, /unknown key "x"/);
await refused(
  'an option out of range',
  () => api.post({ images: { front }, options: { face_count: 1 } }),
  400,
  /face_count.*100/,
);
await refused('malformed JSON', () => api.post('{"images":'), 400, /not valid JSON/);
await refused(
  'a form',
  () => api.post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
  415,
  /application\/json/,
);
await refused('no job_id', () => api.fetch('/api/status'), 400, /job_id/);
await refused('an unknown job', () => api.fetch(`/api/status?job_id=${crypto.randomUUID()}`), 404, /no job/);
await refused('events of an unknown job', () => api.fetch('/api/events?job_id=x'), 404, /no job/);
await refused('cancelling an unknown job', () => api.fetch('/api/jobs/x', { method: 'DELETE' }), 404, /no job/);
await refused('an unknown file', () => api.fetch('/files/x/model.glb'), 404, /no such file/);
await refused('a way out of the folder', () => api.fetch('/files/x/..%2f..%2fetc%2fpasswd'), 404, /no such file/);
await refused('an unknown route', () => api.fetch('/api/nowhere'), 404, /no such route/);
await list.check('a wrong method: 405 with Allow', async () => {
  const response = await api.expectRefusal(api.fetch('/api/generate'), 405, /POST/);
  assert.equal(response.headers.get('allow'), 'POST');
});

list.section('The web page');
await list.check('GET / is HTML', async () => {
  const response = await api.fetch('/');
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(await response.text(), /^<!doctype html>/i);
});

process.exit(list.finish());

async function checkFiles(urls: NonNullable<Status['model_urls']>): Promise<void> {
  list.section('Its files');
  let etag = '';
  let size = 0;
  await list.check('the GLB is a valid binary glTF with a textured mesh', async () => {
    const json = await readGlb(urls.glb);
    assert.ok((json.meshes?.length ?? 0) > 0 && (json.images?.length ?? 0) > 0);
  });
  await list.check('HEAD tells type, size, ETag and a year of caching', async () => {
    const { headers, status } = await api.fetch(urls.glb, { method: 'HEAD' });
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'model/gltf-binary');
    assert.match(headers.get('cache-control') ?? '', /max-age=31536000.*immutable/);
    etag = headers.get('etag') ?? '';
    size = Number(headers.get('content-length'));
    assert.ok(etag && size > 0);
  });
  await list.check('If-None-Match answers 304', async () => {
    assert.equal((await api.fetch(urls.glb, { headers: { 'if-none-match': etag } })).status, 304);
  });
  await list.check('a range answers 206 with just that part', async () => {
    const response = await api.fetch(urls.glb, { headers: { range: 'bytes=0-3' } });
    assert.equal(response.status, 206);
    assert.equal(response.headers.get('content-range'), `bytes 0-3/${size}`);
    assert.equal(await response.text(), 'glTF');
  });
  await list.check('a range beyond the end answers 416', async () => {
    const answer = api.fetch(urls.glb, { headers: { range: `bytes=${size}-` } });
    await api.expectRefusal(answer, 416, /beyond the end/);
  });
  await list.check('?download=1 is an attachment', async () => {
    const { headers } = await api.fetch(`${urls.glb}?download=1`, { method: 'HEAD' });
    assert.match(headers.get('content-disposition') ?? '', /^attachment; filename="[^"]+\.glb"$/);
  });
  for (const kind of ['preview', 'sheet'] as const) {
    await list.check(`the ${kind} is a PNG`, async () => {
      const response = await api.fetch(urls[kind]);
      assert.equal(response.headers.get('content-type'), 'image/png');
      assert.equal(Buffer.from(await response.arrayBuffer()).toString('latin1', 0, 4), '\x89PNG');
    });
  }
  await list.check('the report is JSON', () => api.json(urls.report));
}

interface GltfJson {
  meshes?: unknown[];
  images?: unknown[];
}

/** The JSON chunk of a GLB, after its header was checked. */
async function readGlb(url: string): Promise<GltfJson> {
  const response = await api.fetch(url);
  assert.equal(response.status, 200);
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(bytes.toString('latin1', 0, 4), 'glTF');
  assert.equal(bytes.readUInt32LE(4), 2, 'version of the GLB');
  assert.equal(bytes.readUInt32LE(8), bytes.length, 'length in the header of the GLB');
  assert.equal(bytes.toString('latin1', 16, 20), 'JSON');
  return JSON.parse(bytes.toString('utf8', 20, 20 + bytes.readUInt32LE(12)));
}
