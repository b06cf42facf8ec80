import { describe, expect, test } from 'bun:test';
import { AppError } from '../../src/errors.ts';
import { createTestApp, type TestApp } from '../helpers/create-test-app.ts';
import { gifHeader, jpegHeader, pngOf, tiffHeader, webpHeader } from '../helpers/picture-bytes.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const png = pngOf(32, 32);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

function generate(
  { app }: TestApp,
  body: unknown,
  headers: Record<string, string> = { 'content-type': 'application/json' },
) {
  return app.request('/api/generate', { method: 'POST', headers, body: JSON.stringify(body) });
}

async function createJob(testApp: TestApp): Promise<string> {
  const response = await generate(testApp, { images: { front: base64(png) } });
  return ((await response.json()) as { job_id: string }).job_id;
}

async function statusOf({ app }: TestApp, id: string): Promise<Record<string, unknown>> {
  return (await (await app.request(`/api/status?job_id=${id}`)).json()) as Record<string, unknown>;
}

describe('the contract', () => {
  test('GET /api/health answers to the byte', async () => {
    const response = await createTestApp().app.request('/api/health');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('{"status":"ok","version":"2.1"}');
  });

  test('POST /api/generate answers with the id of a queued job', async () => {
    const testApp = createTestApp();
    const response = await generate(testApp, { images: { front: base64(png) } });
    expect(response.status).toBe(200);
    const body = (await response.json()) as { job_id: string; status: string };
    expect(Object.keys(body)).toEqual(['job_id', 'status']);
    expect(body.job_id).toMatch(UUID);
    expect(body.status).toBe('queued');
  });

  test('the three options default to true and the engine to auto', async () => {
    const testApp = createTestApp();
    await createJob(testApp);
    const defaults = { enable_pbr: true, should_remesh: true, should_texture: true, engine: 'auto' } as const;
    expect(testApp.jobs.inputs[0]?.options).toEqual(defaults);
    await generate(testApp, { images: { front: base64(png) }, options: { enable_pbr: false } });
    expect(testApp.jobs.inputs[1]?.options).toEqual({ ...defaults, enable_pbr: false });
  });

  test('passes pictures and options on as they were sent', async () => {
    const testApp = createTestApp();
    const pictures = { front: png, back: jpegHeader(64, 32), left: webpHeader(40, 40), right: gifHeader(20, 30) };
    const options = {
      enable_pbr: false,
      should_remesh: false,
      should_texture: true,
      engine: 'hull',
      seed: 4_294_967_295,
      face_count: 100,
      texture_size: 4096,
      octree_resolution: 512,
      num_inference_steps: 200,
      guidance_scale: 0,
      remove_background: false,
      texture_format: 'webp',
    } as const;
    const images = {
      front: `data:image/png;base64,${base64(pictures.front)}`,
      back: Buffer.from(pictures.back).toString('base64url'),
      left: base64(pictures.left).replace(/(.{10})/g, '$1\n'),
      right: base64(pictures.right),
    };
    expect((await generate(testApp, { images, options })).status).toBe(200);
    const input = testApp.jobs.inputs[0];
    expect(input?.options).toEqual(options);
    expect(input?.images.front).toEqual({ bytes: pictures.front, format: 'png' } as never);
    for (const [name, format] of [
      ['back', 'jpeg'],
      ['left', 'webp'],
      ['right', 'gif'],
    ] as const) {
      expect(input?.images[name]?.format).toBe(format);
      expect(Buffer.from(input?.images[name]?.bytes ?? [])).toEqual(Buffer.from(pictures[name]));
    }
  });

  test.each([
    ['application/json; charset=utf-8', 200],
    ['application/vnd.api+json', 200],
    ['APPLICATION/JSON', 200],
    [undefined, 200],
    ['text/plain', 415],
  ])('content type %p answers %d', async (type, status) => {
    const { app } = createTestApp();
    const body = new TextEncoder().encode(JSON.stringify({ images: { front: base64(png) } }));
    const headers: Record<string, string> = type ? { 'content-type': type } : {};
    expect((await app.request('/api/generate', { method: 'POST', headers, body })).status).toBe(status);
  });

  test('a picture with something behind its end is taken by its first bytes', async () => {
    const testApp = createTestApp();
    const polyglot = Buffer.concat([png, Buffer.from('PK\x03\x04<script>')]);
    expect((await generate(testApp, { images: { front: base64(polyglot) } })).status).toBe(200);
    expect(testApp.jobs.inputs[0]?.images.front.format).toBe('png');
  });

  test('a picture of exactly the pixel limit is accepted', async () => {
    const testApp = createTestApp({ maxPixels: 1000 * 2000 });
    expect((await generate(testApp, { images: { front: base64(tiffHeader(1000, 2000)) } })).status).toBe(200);
    expect((await generate(testApp, { images: { front: base64(tiffHeader(1000, 2001)) } })).status).toBe(400);
  });

  test('GET /api/status follows a job from queued to completed', async () => {
    const testApp = createTestApp();
    const id = await createJob(testApp);
    expect(await statusOf(testApp, id)).toMatchObject({ status: 'queued', progress: 0, queue_position: 1 });

    testApp.jobs.move(id, 'stage', { state: 'processing', stage: 'shape', stageProgress: 50, progress: 20.7 });
    const running = await statusOf(testApp, id);
    expect(running).toMatchObject({ status: 'processing', progress: 20, stage: 'shape', stage_progress: 50 });
    expect(running).not.toHaveProperty('model_urls');
    expect(running).not.toHaveProperty('error');

    testApp.jobs.complete(id, new Uint8Array(5));
    const glb = `http://localhost/files/${id}/model.glb`;
    expect(await statusOf(testApp, id)).toMatchObject({ status: 'completed', progress: 100, model_urls: { glb } });
  });

  test('a failed job answers 200 with a sentence and a code', async () => {
    const testApp = createTestApp();
    const id = await createJob(testApp);
    const error = { code: 'image.no_object', message: 'There is no object in the picture.' } as const;
    testApp.jobs.move(id, 'state', { state: 'failed', error });
    const response = await testApp.app.request(`/api/status?job_id=${id}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'failed', error: error.message, error_code: error.code });
  });

  test('DELETE /api/jobs/:id cancels, and cancelling again changes nothing', async () => {
    const testApp = createTestApp();
    const id = await createJob(testApp);
    for (let i = 0; i < 2; i++) {
      const response = await testApp.app.request(`/api/jobs/${id}`, { method: 'DELETE' });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ job_id: id, status: 'failed', error_code: 'cancelled' });
    }
  });

  test('GET /api/jobs lists the newest first', async () => {
    const testApp = createTestApp();
    const first = await createJob(testApp);
    const second = await createJob(testApp);
    const { jobs } = (await (await testApp.app.request('/api/jobs')).json()) as { jobs: Array<{ job_id: string }> };
    expect(jobs.map((job) => job.job_id)).toEqual([second, first]);
  });

  test('URLs start with the public URL where one is set, otherwise with the origin of the request', async () => {
    const behindProxy = createTestApp({ publicUrl: 'https://models.example/3d' });
    const id = await createJob(behindProxy);
    behindProxy.jobs.complete(id, new Uint8Array(1));
    const { model_urls } = await statusOf(behindProxy, id);
    expect(model_urls).toMatchObject({ glb: `https://models.example/3d/files/${id}/model.glb` });

    const direct = createTestApp({ host: '0.0.0.0' });
    const directId = await createJob(direct);
    direct.jobs.complete(directId, new Uint8Array(1));
    const response = await direct.app.request(`http://box.local:7860/api/status?job_id=${directId}`);
    expect(await response.json()).toMatchObject({
      model_urls: { glb: `http://box.local:7860/files/${directId}/model.glb` },
    });
  });
});

describe('refusals of the job service', () => {
  test.each([
    [new AppError('queue.full', 'The queue is full.', { details: { retryAfterSeconds: 7 } }), 429, '7'],
    [new AppError('server.draining', 'The server is stopping.'), 503, '5'],
    [new AppError('server.no_device', 'No device.'), 503, '5'],
  ] as const)('%s', async (refusal, status, retryAfter) => {
    const testApp = createTestApp();
    testApp.jobs.refusal = refusal;
    const response = await generate(testApp, { images: { front: base64(png) } });
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe(retryAfter);
    expect(await response.json()).toEqual({ detail: refusal.message });
    expect(testApp.faults).toEqual([]);
  });

  test('a fault is reported to the log and kept from the client', async () => {
    const testApp = createTestApp();
    const fault = new Error('disk /secret is full');
    testApp.jobs.refusal = fault;
    const response = await generate(testApp, { images: { front: base64(png) } });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ detail: 'The server failed to answer this request; its log says why.' });
    expect(testApp.faults).toEqual([fault]);
  });
});

describe('GET /api/ready', () => {
  test('names what the server has while it takes jobs', async () => {
    const testApp = createTestApp();
    await createJob(testApp);
    const response = await testApp.app.request('/api/ready');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ready',
      queued: 1,
      queue_limit: 256,
      processing: 0,
      devices: [{ kind: 'cpu', index: 0, name: 'Fake CPU', state: 'idle' }],
    });
  });

  test('stays in rotation while it is busy: it alone knows its jobs', async () => {
    const testApp = createTestApp();
    const ready = async () => {
      const response = await testApp.app.request('/api/ready');
      return [response.status, ((await response.json()) as { status: string }).status];
    };
    testApp.jobs.deviceState = 'busy';
    expect(await ready()).toEqual([200, 'busy']);
    testApp.jobs.deviceState = 'idle';
    testApp.jobs.queueLimit = 1;
    expect(await ready()).toEqual([200, 'ready']);
    await createJob(testApp);
    expect(await ready()).toEqual([200, 'busy']);
  });

  test('answers 503 with the reason and a time while draining and while every device is quarantined', async () => {
    const testApp = createTestApp();
    testApp.jobs.deviceState = 'quarantined';
    const quarantined = await testApp.app.request('/api/ready');
    expect(quarantined.status).toBe(503);
    expect(quarantined.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(await quarantined.json()).toEqual({
      status: 'no_device',
      detail: 'No device can run jobs at the moment; they are tried again soon.',
      queued: 0,
      queue_limit: 256,
      processing: 0,
      devices: [{ kind: 'cpu', index: 0, name: 'Fake CPU', state: 'quarantined' }],
    });
    testApp.jobs.draining = true;
    const draining = await testApp.app.request('/api/ready');
    expect([draining.status, ((await draining.json()) as { status: string }).status]).toEqual([503, 'draining']);
  });
});

describe('every answer', () => {
  test.each(['/', '/api/health', '/api/status', '/nowhere', '/assets/app.js'])(
    '%s carries security headers',
    async (path) => {
      const { headers } = await createTestApp().app.request(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      const isPage = path === '/' || path.startsWith('/assets/');
      expect(headers.get('content-security-policy')).toContain(`default-src ${isPage ? "'self'" : "'none'"}`);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.has('strict-transport-security')).toBe(false);
    },
  );

  test('HEAD answers as GET does, without a body', async () => {
    const { app } = createTestApp();
    for (const path of ['/api/health', '/api/jobs', '/', '/api/status']) {
      const [get, head] = [await app.request(path), await app.request(path, { method: 'HEAD' })];
      expect(head.status).toBe(get.status);
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
      expect(await head.text()).toBe('');
    }
  });
});

describe('the web page', () => {
  test.each([
    ['/', 'text/html; charset=utf-8'],
    ['/assets/app.js', 'text/javascript; charset=utf-8'],
    ['/assets/base.css', 'text/css; charset=utf-8'],
    ['/assets/model-viewer.min.js', 'text/javascript; charset=utf-8'],
  ])('%s is served with its type and revalidated by its ETag', async (path, type) => {
    const { app } = createTestApp();
    const response = await app.request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const etag = response.headers.get('etag') ?? '';
    expect((await app.request(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });
});
