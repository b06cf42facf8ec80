import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { ApiKeys, createApiKey, parseApiKeys } from '../../src/http/access/api-keys.ts';
import { JobMetrics } from '../../src/http/metrics/job-metrics.ts';
import { WebhookMetrics } from '../../src/http/metrics/webhook-metrics.ts';
import { STAGES } from '../../src/protocol/stages.ts';
import { createTestApp, type TestApp } from '../helpers/create-test-app.ts';
import {
  cpuDevices,
  createTestJobService,
  jobInput,
  waitForEnd,
  waitForJob,
} from '../helpers/create-test-job-service.ts';
import { type MetricFamily, readMetrics, sampleValue } from '../helpers/read-metrics.ts';

type App = Pick<TestApp, 'app'>;

async function scrape({ app }: App): Promise<Map<string, MetricFamily>> {
  const response = await app.request('/metrics');
  expect(response.status).toBe(200);
  return readMetrics(await response.text());
}

/** The real app on a real job service with fixture workers. */
function createMeasuredApp(devices = 1) {
  const registry = new Registry();
  const service = createTestJobService({ devices: cpuDevices(devices), observer: new JobMetrics(registry) });
  const app = createApp({
    jobs: service.jobs,
    config: loadConfig({}, { env: {} }),
    registry,
    onInternalError: (error) => {
      throw error;
    },
  });
  return { app, ...service };
}

describe('the text of /metrics', () => {
  test('has its type, is not cached, and every family keeps to the conventions of Prometheus', async () => {
    const testApp = createTestApp({}, { registry: fullRegistry() });
    await testApp.app.request('/api/health');
    const response = await testApp.app.request('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const families = readMetrics(await response.text());
    expect(families.size).toBeGreaterThan(20);
    for (const { name, type, help } of families.values()) {
      expect(name).toMatch(/^(hy3d|process)(_[a-z0-9]+)+$/);
      expect(help).toMatch(/^\S.{10,}\.$/);
      expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')]);
      // Base units only.
      expect(name).not.toMatch(/_(ms|milliseconds|kb|mb|mib|percent|minutes)(_|$)/);
      if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/);
    }
  });

  test('the dashboard asks for nothing that is not there', async () => {
    const families = await scrape(createTestApp({}, { registry: fullRegistry() }));
    const path = join(import.meta.dir, '../../src/http/metrics/grafana-dashboard.json');
    const dashboard = JSON.parse(readFileSync(path, 'utf8'));
    const expressions: string[] = dashboard.panels.flatMap((panel: { targets?: Array<{ expr: string }> }) =>
      (panel.targets ?? []).map(({ expr }) => expr),
    );
    expect(expressions.length).toBeGreaterThan(10);
    const named = expressions.flatMap((expr) => expr.match(/\b(?:hy3d|process)_\w+/g) ?? []);
    for (const name of named) {
      const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''));
      expect([name, family !== undefined]).toEqual([name, true]);
      if (family?.name !== name) expect([name, family?.type]).toEqual([name, 'histogram']);
    }
    // And it shows all that is measured.
    for (const name of families.keys()) {
      expect([name, named.some((used) => used.startsWith(name))]).toEqual([name, true]);
    }
  });
});

describe('requests', () => {
  test('are counted by the template of their route, never by what a client wrote', async () => {
    const testApp = createTestApp();
    const { app } = testApp;
    for (const path of ['/files/a/b', '/files/c/d', '/secret-path', '/api/status?job_id=x', '/assets/app.js']) {
      await app.request(path);
    }
    await app.request('/api/jobs', { method: 'PUT' });
    await app.request('/api/jobs', { method: 'PROPFIND' });
    const families = await scrape(testApp);
    const total = (method: string, route: string, status: string) =>
      sampleValue(families, 'hy3d_http_requests_total', { method, route, status });
    expect(total('GET', '/files/:job_id/:name', '404')).toBe(2);
    expect(total('GET', '/api/status', '404')).toBe(1);
    expect(total('GET', '/assets/*', '200')).toBe(1);
    expect(total('GET', 'none', '404')).toBe(1);
    expect(total('PUT', 'none', '405')).toBe(1);
    expect(total('other', 'none', '405')).toBe(1);
    const text = JSON.stringify([...families.values()]);
    for (const written of ['secret-path', 'PROPFIND', 'app.js']) expect(text).not.toContain(written);
    // The scrape itself has no answer yet.
    expect(sampleValue(families, 'hy3d_http_requests_in_flight')).toBe(1);
  });

  test('are timed in buckets that add up', async () => {
    const testApp = createTestApp();
    for (let i = 0; i < 5; i++) await testApp.app.request('/api/health');
    const families = await scrape(testApp);
    const labels = { method: 'GET', route: '/api/health', status: '200' };
    const name = 'hy3d_http_request_duration_seconds';
    const buckets = (families.get(name)?.samples ?? []).filter(
      (sample) => sample.name.endsWith('_bucket') && sample.labels.route === labels.route,
    );
    const counts = buckets.map((bucket) => bucket.value);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(buckets.at(-1)).toMatchObject({ labels: { le: '+Inf' }, value: 5 });
    expect(sampleValue(families, `${name}_count`, labels)).toBe(5);
    expect(sampleValue(families, `${name}_sum`, labels)).toBeGreaterThan(0);
  });
});

describe('jobs', () => {
  test('are counted by outcome, their stages and waits timed, and workers by how they ended', async () => {
    await using measured = createMeasuredApp();
    const { jobs } = measured;
    const ids = [];
    for (const behaviour of ['ok', 'ok', 'reports-error', 'segfault'])
      ids.push((await jobs.create(jobInput(behaviour))).id);
    for (const id of ids) await waitForEnd(jobs, id);
    const [failed, crashed] = [jobs.get(ids[2] ?? '')?.error?.code ?? '', jobs.get(ids[3] ?? '')?.error?.code ?? ''];

    const families = await scrape(measured);
    expect(sampleValue(families, 'hy3d_jobs_queued_total')).toBe(4);
    expect(sampleValue(families, 'hy3d_device_leases_total', { device: 'cpu:0' })).toBe(4);
    expect(sampleValue(families, 'hy3d_job_wait_seconds_count')).toBe(4);
    expect(sampleValue(families, 'hy3d_worker_ends_total', { reason: 'completed' })).toBe(2);
    expect(sampleValue(families, 'hy3d_worker_ends_total', { reason: failed })).toBe(1);
    expect(sampleValue(families, 'hy3d_worker_ends_total', { reason: crashed })).toBe(1);
    expect(sampleValue(families, 'hy3d_worker_peak_memory_bytes_count')).toBe(2);
    const outcomes = families.get('hy3d_jobs_finished_total')?.samples ?? [];
    const count = (outcome: string) =>
      outcomes.filter((sample) => sample.labels.outcome === outcome).reduce((sum, sample) => sum + sample.value, 0);
    expect([count('completed'), count('failed'), count('cancelled')]).toEqual([2, 2, 0]);

    const timings = jobs.get(ids[0] ?? '')?.timingsMs ?? {};
    const stages = families.get('hy3d_stage_duration_seconds')?.samples ?? [];
    for (const stage of STAGES.filter((name) => timings[name] !== undefined)) {
      const observed = stages.filter((s) => s.name.endsWith('_count') && s.labels.stage === stage);
      expect(observed.reduce((sum, sample) => sum + sample.value, 0)).toBeGreaterThanOrEqual(2);
    }
    expect(Object.keys(timings).length).toBeGreaterThan(0);
  });

  test('show where they are while they wait and run, and a cancelled one is told apart', async () => {
    await using measured = createMeasuredApp();
    const { jobs } = measured;
    const running = await jobs.create(jobInput('hang'));
    await waitForJob(jobs, running.id, (job) => job.state === 'processing');
    const waiting = await jobs.create(jobInput('ok'));
    const during = await scrape(measured);
    expect(sampleValue(during, 'hy3d_queue_jobs')).toBe(1);
    expect(sampleValue(during, 'hy3d_queue_limit_jobs')).toBe(300);
    expect(sampleValue(during, 'hy3d_running_jobs')).toBe(1);
    const state = (families: Map<string, MetricFamily>, name: string) =>
      sampleValue(families, 'hy3d_device_state', { device: 'cpu:0', state: name });
    expect(['idle', 'busy', 'quarantined'].map((name) => state(during, name))).toEqual([0, 1, 0]);

    await jobs.cancel(waiting.id);
    await jobs.cancel(running.id);
    const after = await scrape(measured);
    expect(sampleValue(after, 'hy3d_running_jobs')).toBe(0);
    expect(['idle', 'busy', 'quarantined'].map((name) => state(after, name))).toEqual([1, 0, 0]);
    const cancelled = { outcome: 'cancelled', error_code: 'cancelled', engine: 'none' };
    expect(sampleValue(after, 'hy3d_jobs_finished_total', cancelled)).toBe(2);
    // Only one of the two ever had a worker.
    expect(sampleValue(after, 'hy3d_worker_ends_total', { reason: 'cancelled' })).toBe(1);
    expect(sampleValue(after, 'hy3d_job_wait_seconds_count')).toBe(1);
  });
});

describe('workers and devices', () => {
  test('the processes of a device and their memory are those of the moment', async () => {
    const testApp = createTestApp();
    const device = { kind: 'cpu', index: 0, name: 'Fake CPU' } as const;
    const read = async () => {
      const families = await scrape(testApp);
      const count = (state: string) => sampleValue(families, 'hy3d_worker_processes', { device: 'cpu:0', state });
      const bytes = sampleValue(families, 'hy3d_worker_resident_memory_bytes', { device: 'cpu:0' });
      return [count('waiting'), count('busy'), count('ending'), bytes];
    };
    testApp.jobs.workers = [
      { device, state: 'busy', rssBytes: 2000 },
      { device, state: 'waiting', rssBytes: 500 },
    ];
    expect(await read()).toEqual([1, 1, 0, 2500]);
    testApp.jobs.workers = [];
    expect(await read()).toEqual([0, 0, 0, 0]);
  });

  test('a running worker counts until its job is over', async () => {
    await using measured = createMeasuredApp();
    const { id } = await measured.jobs.create(jobInput('until-released'));
    await waitForJob(measured.jobs, id, (job) => job.state === 'processing');
    const during = await scrape(measured);
    expect(sampleValue(during, 'hy3d_worker_processes', { device: 'cpu:0', state: 'busy' })).toBe(1);
    measured.release();
    await waitForEnd(measured.jobs, id);
    const after = await scrape(measured);
    expect(sampleValue(after, 'hy3d_worker_processes', { device: 'cpu:0', state: 'busy' })).toBe(0);
  });

  test('quarantines are counted by device', async () => {
    const registry = new Registry();
    new JobMetrics(registry).onQuarantine({ kind: 'cuda', index: 2, name: 'GPU' });
    const families = readMetrics(await registry.metrics());
    expect(sampleValue(families, 'hy3d_device_quarantines_total', { device: 'cuda:2' })).toBe(1);
  });
});

describe('the server', () => {
  test('tells its memory, CPU time, version and start', async () => {
    const families = await scrape(createTestApp());
    const rss = sampleValue(families, 'process_resident_memory_bytes') ?? 0;
    expect(Math.abs(rss / process.memoryUsage.rss() - 1)).toBeLessThan(0.5);
    expect(sampleValue(families, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(sampleValue(families, 'process_start_time_seconds')).toBeWithin(
      Date.now() / 1000 - 86_400,
      Date.now() / 1000,
    );
    expect(families.get('hy3d_build_info')?.samples[0]?.labels.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('who may read them is a setting', async () => {
    const { key, line } = createApiKey('');
    const withKeys = { apiKeys: () => new ApiKeys(parseApiKeys(line)) };
    const statusOf = async (metrics: 'key' | 'open' | 'off', deps: object, headers = {}) =>
      (await createTestApp({ metrics }, deps).app.request('/metrics', { headers })).status;
    const authorization = { authorization: `Bearer ${key}` };
    expect(await statusOf('key', {})).toBe(200);
    expect(await statusOf('key', withKeys)).toBe(401);
    expect(await statusOf('key', withKeys, authorization)).toBe(200);
    expect(await statusOf('open', withKeys)).toBe(200);
    expect(await statusOf('off', {})).toBe(404);
    expect(await statusOf('off', withKeys)).toBe(401);
  });
});

function fullRegistry(): Registry {
  const registry = new Registry();
  new JobMetrics(registry);
  new WebhookMetrics(registry);
  return registry;
}
