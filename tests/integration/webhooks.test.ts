/** Webhooks from jobs to real receivers on loopback. */
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import { loadConfig } from '../../src/config.ts';
import { WebhookMetrics } from '../../src/http/metrics/webhook-metrics.ts';
import { startServer } from '../../src/server.ts';
import { type AllowList, parseAllowList } from '../../src/webhooks/allow-list.ts';
import { type DeliveryOptions, DeliveryQueue } from '../../src/webhooks/delivery-queue.ts';
import { JobWebhooks } from '../../src/webhooks/job-webhooks.ts';
import { createSpawnWorker } from '../../src/worker-process/spawn-worker.ts';
import { createTestApp } from '../helpers/create-test-app.ts';
import {
  cpuDevices,
  createTestJobService,
  fixtureWorkerCommand,
  jobInput,
  waitForEnd,
} from '../helpers/create-test-job-service.ts';
import { pngOf } from '../helpers/picture-bytes.ts';
import { until } from '../helpers/processes.ts';
import { readMetrics, sampleValue } from '../helpers/read-metrics.ts';

setDefaultTimeout(60_000);

const KEY = new Uint8Array(24).fill(7);
const loopback = parseAllowList('127.0.0.0/8') as AllowList;

interface Received {
  path: string;
  headers: Headers;
  body: string;
}

/**
 * A real server that keeps what it is sent.
 * @param onLeft called when a sender does not wait for its answer any more
 */
function receive(
  answer: (nth: number) => Response | Promise<Response> = () => new Response(null, { status: 204 }),
  onLeft: () => void = () => {},
) {
  const received: Received[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      request.signal.addEventListener('abort', onLeft);
      const { pathname } = new URL(request.url);
      received.push({ path: pathname, headers: request.headers, body: await request.text() });
      return answer(received.length);
    },
  });
  afterAll(() => server.stop(true));
  return { received, port: server.port, url: `http://127.0.0.1:${server.port}/hook` };
}

function openQueue(options: Partial<DeliveryOptions> = {}) {
  const lines: Array<Record<string, unknown>> = [];
  const log = pino({ level: 'debug', base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const queue = new DeliveryQueue({
    keys: [KEY],
    allow: loopback,
    userAgent: 'test',
    log,
    delayMs: () => 1,
    ...options,
  });
  afterAll(() => queue.close(0));
  return { queue, log, messages: () => lines.map((line) => String(line.msg)), lines };
}

const delivery = (url: string, id = 'msg_1') => ({ id, url, body: '{"type":"job.completed"}', jobId: 'job' });

function isSigned({ headers, body }: Received): boolean {
  const signed = `${headers.get('webhook-id')}.${headers.get('webhook-timestamp')}.${body}`;
  const isRecent = Math.abs(Date.now() / 1000 - Number(headers.get('webhook-timestamp'))) < 60;
  return (
    isRecent && headers.get('webhook-signature') === `v1,${createHmac('sha256', KEY).update(signed).digest('base64')}`
  );
}

describe('a delivery', () => {
  test('is a signed POST of JSON', async () => {
    const { received, url } = receive();
    const { queue } = openQueue();
    queue.add(delivery(url));
    await until('it has arrived', () => queue.pending === 0);
    expect(received).toHaveLength(1);
    expect(received[0]?.body).toBe('{"type":"job.completed"}');
    expect(received[0]?.headers.get('content-type')).toBe('application/json');
    expect(received.every(isSigned)).toBe(true);
  });

  test('is repeated with the same id until it arrives', async () => {
    const { received, url } = receive((nth) => new Response('no', { status: nth < 4 ? 503 : 200 }));
    const { queue } = openQueue();
    queue.add(delivery(url));
    await until('it has arrived', () => queue.pending === 0);
    expect(received.map(({ headers }) => headers.get('webhook-id'))).toEqual(Array(4).fill('msg_1'));
    expect(received.every(isSigned)).toBe(true);
  });

  test('is given up after six attempts, and at once by a receiver that is gone', async () => {
    const failing = receive(() => new Response(null, { status: 500 }));
    const gone = receive(() => new Response(null, { status: 410 }));
    const { queue, messages } = openQueue();
    queue.add(delivery(failing.url));
    queue.add(delivery(gone.url));
    await until('both are given up', () => queue.pending === 0);
    expect([failing.received.length, gone.received.length]).toEqual([6, 1]);
    expect(messages().filter((message) => message === 'webhook given up')).toHaveLength(2);
  });

  test('hands what Retry-After says to the pause', async () => {
    const { url } = receive(
      (nth) => new Response(null, nth === 1 ? { status: 429, headers: { 'retry-after': '7' } } : {}),
    );
    const pauses: unknown[] = [];
    const { queue } = openQueue({
      delayMs: (attempt, retryAfterMs) => {
        pauses.push([attempt, retryAfterMs]);
        return 1;
      },
    });
    queue.add(delivery(url));
    await until('it has arrived', () => queue.pending === 0);
    expect(pauses).toEqual([[1, 7000]]);
  });

  test('follows no redirect', async () => {
    const inner = receive();
    const outer = receive(() => Response.redirect(inner.url, 307));
    const { queue } = openQueue();
    queue.add(delivery(outer.url));
    await until('it is given up', () => queue.pending === 0);
    expect([outer.received.length, inner.received.length]).toEqual([6, 0]);
  });

  test('never reaches an address that is not public and not allowed, and is not repeated', async () => {
    const { received, url } = receive();
    const allow = parseAllowList('10.0.0.0/8') as AllowList;
    const { queue, messages } = openQueue({ allow });
    for (const target of [url, url.replace('127.0.0.1', 'localhost'), url.replace('127.0.0.1', '[::ffff:7f00:1]')]) {
      queue.add(delivery(target));
    }
    await until('all are given up', () => queue.pending === 0);
    expect(received).toEqual([]);
    expect(messages()).toEqual(Array(3).fill('webhook given up'));
  });

  test('connects to the address that was checked, whatever the name would resolve to a moment later', async () => {
    const { received, port } = receive();
    let lookups = 0;
    const { queue } = openQueue({
      resolveHost: async () => {
        lookups += 1;
        return [{ address: lookups === 1 ? '127.0.0.1' : '203.0.113.1', family: 4 }];
      },
    });
    queue.add(delivery(`http://hooks.example.org:${port}/hook`));
    await until('it has arrived', () => queue.pending === 0);
    expect(lookups).toBe(1);
    expect(received.map(({ headers }) => headers.get('host'))).toEqual([`hooks.example.org:${port}`]);
  });

  test('ends when the receiver does not answer, or not to the end of its head', async () => {
    const silent = receive(() => new Promise<Response>(() => {}));
    let connections = 0;
    const dripping = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        open() {
          connections += 1;
        },
        data: (socket) => void socket.write('HTTP/1.1 200 OK\r\nx-header: '),
      },
    });
    afterAll(() => dripping.stop(true));
    const { queue, messages } = openQueue({ attemptTimeoutMs: 100 });
    queue.add(delivery(silent.url));
    queue.add(delivery(`http://127.0.0.1:${dripping.port}/`));
    await until('both have ended', () => queue.pending === 0);
    expect([silent.received.length, connections]).toEqual([6, 6]);
    expect(messages().filter((message) => message === 'webhook given up')).toHaveLength(2);
  });

  test('arrives with the head of an answer, and reads nothing of a body that never ends', async () => {
    const cancelled = Promise.withResolvers<void>();
    const endless = receive(
      () =>
        new Response(
          new ReadableStream({
            pull: (stream) => stream.enqueue(new Uint8Array(65_536)),
            cancel: () => cancelled.resolve(),
          }),
        ),
    );
    const { queue, messages } = openQueue();
    queue.add(delivery(endless.url));
    await cancelled.promise;
    await until('it has arrived', () => queue.pending === 0);
    expect(messages()).toEqual(['webhook delivered']);
  });

  test('ends when the name is never resolved', async () => {
    const { queue, messages } = openQueue({ attemptTimeoutMs: 20, resolveHost: () => new Promise(() => {}) });
    queue.add(delivery('http://hooks.example.org/'));
    await until('it is given up', () => queue.pending === 0);
    expect(messages().at(-1)).toBe('webhook given up');
  });
});

describe('the queue', () => {
  test('drops what is over its bound and opens few connections at a time', async () => {
    let open = 0;
    let mostOpen = 0;
    const gate = Promise.withResolvers<void>();
    const answer = async () => {
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      await gate.promise;
      open -= 1;
      return new Response();
    };
    const receivers = Array.from({ length: 3 }, () => receive(answer));
    const bounds = { open: 4, pending: 20, openPerReceiver: 2, pendingPerReceiver: 20 };
    const { queue, messages } = openQueue({ bounds });
    for (let nth = 0; nth < 30; nth += 1) queue.add(delivery(receivers[nth % 3]?.url ?? '', `msg_${nth}`));
    await until('the places are taken', () => open === 4);
    expect(queue.pending).toBe(20);
    gate.resolve();
    await until('all have arrived', () => queue.pending === 0);
    expect(mostOpen).toBe(4);
    const ids = receivers.flatMap(({ received }) => received.map(({ headers }) => headers.get('webhook-id')));
    expect(ids.toSorted()).toEqual(Array.from({ length: 20 }, (_, nth) => `msg_${nth}`).toSorted());
    expect(messages().filter((message) => message === 'webhook dropped: too many are pending')).toHaveLength(10);
  });

  test('delivers to others what came after that for a receiver that never answers', async () => {
    const dead = receive(() => new Promise<Response>(() => {}));
    const prompt = receive();
    const bounds = { open: 3, pending: 100, openPerReceiver: 2, pendingPerReceiver: 5 };
    const { queue, lines } = openQueue({ bounds, attemptTimeoutMs: 3_600_000 });
    for (let nth = 0; nth < 8; nth += 1) queue.add(delivery(dead.url, `dead_${nth}`));
    for (let nth = 0; nth < 5; nth += 1) queue.add(delivery(prompt.url, `prompt_${nth}`));
    await until('the others have arrived and the dead one holds its places', () => {
      return prompt.received.length === 5 && dead.received.length === 2 && queue.pending === 5;
    });
    // Two of its own are open; three wait for their places, and three found no room.
    expect(dead.received.map(({ headers }) => headers.get('webhook-id'))).toEqual(['dead_0', 'dead_1']);
    const dropped = lines.filter(({ msg }) => msg === 'webhook dropped: too many are pending for this receiver');
    expect(dropped.map(({ webhookId }) => webhookId)).toEqual(['dead_5', 'dead_6', 'dead_7']);
    await queue.close(0);
    expect([queue.pending, dead.received.length]).toEqual([0, 2]);
  });

  test('has room for a receiver again once its messages are over', async () => {
    const { received, url } = receive();
    const { queue } = openQueue({ bounds: { open: 2, pending: 2, openPerReceiver: 1, pendingPerReceiver: 1 } });
    for (const id of ['msg_1', 'msg_2', 'msg_3']) {
      queue.add(delivery(url, id));
      await until('it has arrived', () => queue.pending === 0);
    }
    expect(received.map(({ headers }) => headers.get('webhook-id'))).toEqual(['msg_1', 'msg_2', 'msg_3']);
  });

  test('is measured: what is pending, and each message once by how it ended', async () => {
    const registry = new Registry();
    const observer = new WebhookMetrics(registry);
    const gate = Promise.withResolvers<Response>();
    const flaky = receive((nth) => new Response(null, { status: nth < 3 ? 503 : 200 }));
    const slow = receive(() => gate.promise);
    const gone = receive(() => new Response(null, { status: 410 }));
    const bounds = { open: 8, pending: 8, openPerReceiver: 1, pendingPerReceiver: 1 };
    const { queue } = openQueue({ observer, bounds });
    const read = async () => {
      const families = readMetrics(await registry.metrics());
      const outcomes = ['delivered', 'given_up', 'refused', 'dropped'].map((outcome) =>
        sampleValue(families, 'hy3d_webhook_deliveries_total', { outcome }),
      );
      const arrivals = sampleValue(families, 'hy3d_webhook_delivery_duration_seconds_count');
      const retries = sampleValue(families, 'hy3d_webhook_retries_total');
      return { pending: sampleValue(families, 'hy3d_webhook_pending_deliveries'), outcomes, retries, arrivals };
    };
    expect(await read()).toEqual({ pending: 0, outcomes: [0, 0, 0, 0], retries: 0, arrivals: 0 });
    for (const url of [flaky.url, gone.url, 'http://10.0.0.1/', slow.url, slow.url]) queue.add(delivery(url));
    await until('only the slow one is pending', () => queue.pending === 1);
    expect(await read()).toEqual({ pending: 1, outcomes: [1, 1, 1, 1], retries: 2, arrivals: 1 });
    gate.resolve(new Response());
    await until('it has arrived', () => queue.pending === 0);
    expect(await read()).toEqual({ pending: 0, outcomes: [2, 1, 1, 1], retries: 2, arrivals: 2 });
    expect(await registry.metrics()).not.toContain('127.0.0.1');
  });

  test('closes within its grace, whatever is pending, and takes nothing afterwards', async () => {
    const { url } = receive(() => new Promise<Response>(() => {}));
    const paused = receive(() => new Response(null, { status: 500 }));
    const { queue, messages } = openQueue({ delayMs: () => 3_600_000 });
    for (let nth = 0; nth < 10; nth += 1) queue.add(delivery(url, `msg_${nth}`));
    queue.add(delivery(paused.url));
    await queue.close(20);
    expect(queue.pending).toBe(0);
    queue.add(delivery(url));
    expect(queue.pending).toBe(0);
    expect(messages().at(-1)).toBe('webhook dropped: the server stops');
  });
});

describe('jobs', () => {
  test('tell the events that were asked for, with the body of their status, though they end early', async () => {
    const { received, url } = receive();
    const { queue, log } = openQueue();
    const webhooks = new JobWebhooks(queue, loopback, log);
    await using service = createTestJobService({ devices: cpuDevices(1) });
    const { jobs } = service;
    const done = await jobs.create(jobInput('ok'));
    await waitForEnd(jobs, done.id);
    webhooks.follow(jobs, done.id, { url: `${url}/done`, events: ['job.completed', 'job.failed'] }, ({ id }) => ({
      id,
    }));
    const failing = await jobs.create(jobInput('reports-error'));
    const events = ['job.started', 'job.failed'] as const;
    webhooks.follow(jobs, failing.id, { url: `${url}/all`, events }, ({ id, state }) => ({ id, state }));
    await waitForEnd(jobs, failing.id);
    await webhooks.close(5_000);
    const bodies = (path: string) => received.filter((post) => post.path === path).map(({ body }) => JSON.parse(body));
    expect(bodies('/hook/done')).toMatchObject([{ type: 'job.completed', data: { id: done.id } }]);
    expect(bodies('/hook/all').sort((a, b) => b.type.localeCompare(a.type))).toMatchObject([
      { type: 'job.started', data: { id: failing.id, state: 'processing' } },
      { type: 'job.failed', data: { id: failing.id, state: 'failed' } },
    ]);
    expect(bodies('/hook/done')[0].timestamp).toBe(new Date(jobs.get(done.id)?.finishedAt ?? 0).toISOString());
  });

  test('are told of though they are forgotten before the receiver takes it', async () => {
    await using service = createTestJobService({ devices: cpuDevices(1), config: { keepJobs: 1 } });
    const { jobs } = service;
    const isForgotten = Promise.withResolvers<void>();
    const { received, url } = receive(async (nth) => {
      if (nth === 1) await isForgotten.promise;
      return new Response(null, { status: nth === 1 ? 503 : 200 });
    });
    const { queue, log } = openQueue();
    const webhooks = new JobWebhooks(queue, loopback, log);
    const { id } = await jobs.create(jobInput('ok'));
    webhooks.follow(jobs, id, { url, events: ['job.completed'] }, (job) => ({ id: job.id }));
    await waitForEnd(jobs, id);
    await until('the first attempt is under way', () => received.length === 1);
    await waitForEnd(jobs, (await jobs.create(jobInput('ok'))).id);
    await until('the job is forgotten', () => jobs.get(id) === undefined);
    isForgotten.resolve();
    await webhooks.close(5_000);
    expect(received.map(({ body }) => JSON.parse(body).data)).toEqual([{ id }, { id }]);
  });
});

describe('POST /api/generate', () => {
  const front = Buffer.from(pngOf(32, 32)).toString('base64');
  const post = (app: ReturnType<typeof createTestApp>['app'], webhook: object) =>
    app.request('/api/generate', { method: 'POST', body: JSON.stringify({ images: { front }, ...webhook }) });

  test('with a webhook_url tells the end of the job with the body of its status', async () => {
    const { received, url } = receive();
    const { queue, log } = openQueue();
    const { app, jobs } = createTestApp({}, { webhooks: new JobWebhooks(queue, loopback, log) });
    const answer = await post(app, { webhook_url: url });
    expect(answer.status).toBe(200);
    const { job_id: id } = (await answer.json()) as { job_id: string };
    const error = { code: 'cancelled', message: 'The job was cancelled.' } as const;
    jobs.move(id, 'state', { state: 'failed', error, finishedAt: Date.now() });
    await until('it has arrived', () => received.length === 1);
    const status = await (await app.request(`/api/status?job_id=${id}`)).json();
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ type: 'job.failed', data: status });
    expect(received.every(isSigned)).toBe(true);
  });

  test.each([
    [{ webhook_url: 'http://10.0.0.1/' }, 'webhook_url: expected a public address, got "http://10.0.0.1/".'],
    [{ webhook_url: 'hooks' }, 'webhook_url: expected an http or https URL of at most 2048 characters, got "hooks".'],
    [{ webhook_url: 1 }, 'webhook_url: expected an http or https URL, got 1.'],
    [{ webhook_events: ['job.failed'] }, 'webhook_events: expected "webhook_url" beside it, got nothing.'],
    [
      { webhook_url: 'http://a.example/', webhook_events: ['job.lost'] },
      'webhook_events.0: expected one of job.started, job.completed, job.failed, got nothing.',
    ],
    [
      { webhook_url: 'http://a.example/', webhook_events: [] },
      'webhook_events: expected at least one event, got an array.',
    ],
  ])('refuses %p', async (webhook, detail) => {
    const { queue, log } = openQueue();
    const { app, jobs } = createTestApp({}, { webhooks: new JobWebhooks(queue, loopback, log) });
    const answer = await post(app, webhook);
    expect([answer.status, await answer.json()]).toEqual([400, { detail }]);
    expect(jobs.inputs).toEqual([]);
  });

  test('of a whole server: the metrics tell what arrived and what is pending, and stopping ends the latter', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'hy3d-webhooks-'));
    afterAll(() => rmSync(dataDir, { recursive: true }));
    const left = Promise.withResolvers<void>();
    const prompt = receive();
    const dead = receive(() => new Promise<Response>(() => {}), left.resolve);
    const settings = { port: '0', gpus: 'none', dataDir, webhooks: 'on', webhookAllow: '127.0.0.0/8' };
    const env = { HY3D_WEBHOOK_SECRET: `whsec_${Buffer.from(KEY).toString('base64')}` };
    const spawnWorker = createSpawnWorker({ command: fixtureWorkerCommand('ok'), env: process.env });
    const server = await startServer(loadConfig(settings, { env }), pino({ level: 'silent' }), { spawnWorker });
    for (const { url } of [dead, prompt]) {
      const body = JSON.stringify({ images: { front }, webhook_url: url });
      expect((await fetch(`${server.url}/api/generate`, { method: 'POST', body })).status).toBe(200);
    }
    await until('both were told', () => prompt.received.length === 1 && dead.received.length === 1);
    expect(prompt.received.every(isSigned)).toBe(true);
    const scrape = async () => readMetrics(await (await fetch(`${server.url}/metrics`)).text());
    let families = await scrape();
    while (sampleValue(families, 'hy3d_webhook_deliveries_total', { outcome: 'delivered' }) !== 1) {
      families = await scrape();
    }
    expect(sampleValue(families, 'hy3d_webhook_pending_deliveries')).toBe(1);
    await server.stop();
    await left.promise;
    expect(dead.received).toHaveLength(1);
  });

  test('refuses a webhook_url where webhooks are off', async () => {
    const { app, jobs } = createTestApp();
    const answer = await post(app, { webhook_url: 'https://example.org/' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('this server sends no webhooks');
    expect(jobs.inputs).toEqual([]);
  });
});
