import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  collectEvents,
  cpuDevices,
  createTestJobService,
  jobInput,
  type TestService,
  waitForEnd,
} from '../helpers/create-test-job-service.ts';
import { isRunning } from '../helpers/processes.ts';

// Real processes on a machine that may be busy with other things.
setDefaultTimeout(60_000);

/** One service for all: whatever a worker does, the next job must find everything in order. */
const service = createTestJobService({ devices: cpuDevices(1), pool: { quarantineAfter: 1000 } });
afterAll(() => service[Symbol.asyncDispose]());

/** Runs a fixture and checks what holds after every job: process gone, device free, no file but results. */
async function runFixture(name: string, { jobs, dataDir, logLines, workerPids }: TestService = service) {
  const from = logLines.length;
  const { id } = await jobs.create(jobInput(name));
  const job = await waitForEnd(jobs, id);
  expect(workerPids().filter(isRunning)).toEqual([]);
  expect(jobs.stats()).toMatchObject({ queued: 0, processing: 0, devices: [{ state: 'idle' }] });
  const folder = join(dataDir, 'jobs', id);
  if (job.state === 'completed') expect(readdirSync(folder)).toEqual(['output']);
  else expect(existsSync(folder)).toBe(false);
  return { job, lines: logLines.slice(from) };
}

describe('a worker that fails', () => {
  test.each([
    ['crash', 'worker.exited'],
    ['exit-code', 'worker.exited'],
    ['segfault', 'worker.signalled'],
    ['sigkilled', 'worker.out_of_memory'],
    ['no-result', 'worker.no_result'],
    ['no-hello', 'worker.protocol_violation'],
    ['wrong-protocol', 'worker.protocol_violation'],
    ['over-long-line', 'worker.protocol_violation'],
    ['bad-json-schema', 'worker.protocol_violation'],
    ['two-results', 'worker.protocol_violation'],
    ['missing-file', 'worker.protocol_violation'],
    ['path-escape', 'worker.protocol_violation'],
    ['reports-error', 'image.no_object'],
  ])('by %s fails its job with %s', async (fixture, code) => {
    const { job } = await runFixture(fixture);
    expect(job).toMatchObject({ state: 'failed', error: { code } });
    expect(job.files).toBeUndefined();
  });

  test('leaves its last words in the log, not in the status', async () => {
    const { job, lines } = await runFixture('crash');
    expect(JSON.stringify(job)).not.toContain('the fixture crashes');
    const end = lines.find((line) => line.errorCode === 'worker.exited' && 'stderr' in line);
    expect(end).toMatchObject({ exitCode: 1, jobId: job.id });
    expect(end?.stderr).toContain('the fixture crashes');
  });

  test('by a reported error gives its own sentence to the client', async () => {
    const { job } = await runFixture('reports-error');
    expect(job.error?.message).toBe('front: there is no object in the picture.');
  });

  test('to start at all fails its job and frees the device', async () => {
    await using missing = createTestJobService({ workerCommand: ['/no/such/program'], devices: cpuDevices(1) });
    const { job } = await runFixture('ok', missing);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'worker.not_started' } });
  });

  test('to end in time is asked, then killed', async () => {
    const limits = { jobTimeoutMs: 300, cancelGraceMs: 50 };
    await using hasty = createTestJobService({ devices: cpuDevices(1), config: limits });
    for (const fixture of ['hang', 'ignore-sigterm']) {
      const { job } = await runFixture(fixture, hasty);
      expect(job.error?.code).toBe('deadline_exceeded');
    }
  });

  test('to send heartbeats is killed', async () => {
    await using watchful = createTestJobService({ devices: cpuDevices(1), config: { heartbeatTimeoutMs: 200 } });
    const { job } = await runFixture('silent', watchful);
    expect(job.error?.code).toBe('worker.unresponsive');
  });
});

describe('a worker that succeeds', () => {
  test('takes its job through all stages to its files', async () => {
    const { job } = await runFixture('ok');
    expect(job).toMatchObject({
      state: 'completed',
      progress: 100,
      engine: { name: 'fixture' },
      summary: { faces: 2 },
    });
    for (const name of ['model.glb', 'preview.png', 'sheet.png', 'report.json']) {
      const path = service.jobs.resolveFile(job.id, name);
      expect(path).toBe(join(service.dataDir, 'jobs', job.id, 'output', name));
      expect(existsSync(path!)).toBe(true);
    }
    const events = await collectEvents(service.jobs, job.id);
    expect(events.map((event) => event.id)).toEqual(events.map((event) => event.id).sort((a, b) => a - b));
    const progress = events.map((event) => event.job.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(events.filter((event) => event.type === 'stage')).toHaveLength(16);
    expect(events.at(-1)?.job).toEqual(job);
  });

  test('may be surrounded by the noise of native libraries, of which the log gets a bounded part', async () => {
    const { job, lines } = await runFixture('noisy-stdout');
    expect(job.state).toBe('completed');
    const noise = lines.filter((line) => 'noise' in line);
    expect(noise[0]?.noise).toBe('Loading library...');
    expect(noise.length).toBeLessThanOrEqual(200);
    expect(Math.max(...noise.map((line) => String(line.noise).length))).toBeLessThanOrEqual(200);
  });

  test('keeps its result when it dies or has to be killed afterwards', async () => {
    expect((await runFixture('result-then-segfault')).job.state).toBe('completed');
    await using hasty = createTestJobService({ devices: cpuDevices(1), config: { cancelGraceMs: 50 } });
    expect((await runFixture('result-then-hang', hasty)).job.state).toBe('completed');
  });

  test('does not block the server with a process of its own that holds the pipes', async () => {
    const { job } = await runFixture('stdout-holder');
    expect(job.state).toBe('completed');
  });
});

describe('the files of a job', () => {
  test('are only those that its result names', async () => {
    const { job } = await runFixture('ok');
    const others = [
      '',
      '.',
      '..',
      'front.png',
      '../inputs/front.png',
      'output/model.glb',
      './model.glb',
      'MODEL.GLB',
      'glb',
    ];
    expect(others.map((name) => service.jobs.resolveFile(job.id, name))).toEqual(others.map(() => undefined));
    expect(service.jobs.resolveFile(`${job.id}/../${job.id}`, 'model.glb')).toBeUndefined();
    expect(service.jobs.resolveFile(crypto.randomUUID(), 'model.glb')).toBeUndefined();
  });

  test('expire with the record, the longest finished first', async () => {
    await using small = createTestJobService({ devices: cpuDevices(1), config: { keepJobs: 2 } });
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) ids.push((await runFixture('ok', small)).job.id);
    expect(small.jobs.list().map((job) => job.id)).toEqual([ids[3]!, ids[2]!]);
    expect(small.jobs.get(ids[0]!)).toBeUndefined();
    expect(small.jobs.resolveFile(ids[0]!, 'model.glb')).toBeUndefined();
    await small.jobs.shutdown(0);
    expect(readdirSync(join(small.dataDir, 'jobs')).sort()).toEqual(ids.slice(2).sort());
  });
});
