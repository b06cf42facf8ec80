import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobEvent } from '../../src/jobs/job-service.ts';
import {
  collectEvents,
  cpuDevices,
  createTestJobService,
  jobInput,
  waitForEnd,
  waitForJob,
} from '../helpers/create-test-job-service.ts';
import { isRunning, openFileCount, until } from '../helpers/processes.ts';

// Real processes on a machine that may be busy with other things: 200 of them take 5 s, and took more than 60 s at a low
// priority beside three busy loops on two cores.
setDefaultTimeout(300_000);

describe('many jobs', () => {
  test('200 queued at once all end, in order, and leave no lease, process, file handle or temporary file', async () => {
    // Bun opens a few handles of its own with the first process.
    await using service = createTestJobService({ devices: cpuDevices(4), pool: { quarantineAfter: 1e6 } });
    const { jobs, dataDir } = service;
    await waitForEnd(jobs, (await jobs.create(jobInput('ok'))).id);
    const filesBefore = openFileCount();

    const failing = ['crash', 'sigkilled', 'bad-json-schema', 'reports-error'];
    const fixtures = Array.from({ length: 200 }, (_, i) => (i % 10 === 9 ? failing[((i / 10) % 4) | 0]! : 'ok'));
    const created = await Promise.all(fixtures.map((fixture) => jobs.create(jobInput(fixture))));
    const ends = await Promise.all(created.map(({ id }) => waitForEnd(jobs, id)));

    expect(ends.map((job) => job.state)).toEqual(fixtures.map((f) => (f === 'ok' ? 'completed' : 'failed')));
    // By the log and not by the clock, which may be set meanwhile and gives several jobs the same millisecond.
    const jobsOf = (msg: string) => service.logLines.filter((line) => line.msg === msg).map((line) => line.jobId);
    expect(jobsOf('worker started')).toEqual(jobsOf('job queued'));
    expect(jobsOf('worker started')).toHaveLength(201);
    expect(jobs.stats()).toMatchObject({ queued: 0, processing: 0 });
    expect(jobs.stats().devices.map((device) => device.state)).toEqual(['idle', 'idle', 'idle', 'idle']);
    expect(service.workerPids().filter(isRunning)).toEqual([]);
    await until('all file handles are closed', () => openFileCount() <= filesBefore);

    const kept = readdirSync(join(dataDir, 'jobs'));
    expect(kept).toHaveLength(1 + fixtures.filter((fixture) => fixture === 'ok').length);
    for (const id of kept) {
      const files = readdirSync(join(dataDir, 'jobs', id), { recursive: true })
        .map(String)
        .sort();
      expect(files).toEqual([
        'output',
        'output/model.glb',
        'output/preview.png',
        'output/report.json',
        'output/sheet.png',
      ]);
    }
  });

  test('over the bound of the queue are refused with a time to come back, however close together they come', async () => {
    await using service = createTestJobService({ devices: cpuDevices(1), config: { maxQueue: 3 } });
    const { jobs, dataDir } = service;
    const first = await jobs.create(jobInput('until-released'));
    await waitForJob(jobs, first.id, (job) => job.state === 'processing');
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => jobs.create(jobInput('ok'))));
    const refusals = attempts.filter((attempt) => attempt.status === 'rejected').map((attempt) => attempt.reason);
    expect(refusals).toHaveLength(17);
    expect(refusals[0]).toMatchObject({ code: 'queue.full', details: { retryAfterSeconds: 10 } });
    expect(readdirSync(join(dataDir, 'jobs'))).toHaveLength(4);
    service.release();
    for (const { id } of jobs.list()) expect((await waitForEnd(jobs, id)).state).toBe('completed');
    expect((await jobs.create(jobInput('ok'))).state).toBe('queued');
  });

  test('whose pictures cannot be stored are refused and leave their place in the queue', async () => {
    await using service = createTestJobService({ config: { maxQueue: 1 } });
    const jobsDir = join(service.dataDir, 'jobs');
    rmSync(jobsDir, { recursive: true });
    writeFileSync(jobsDir, 'in the way');
    for (let i = 0; i < 3; i++) {
      await expect(service.jobs.create(jobInput('ok'))).rejects.toMatchObject({ code: 'internal' });
    }
    rmSync(jobsDir);
    const { id } = await service.jobs.create(jobInput('ok'));
    expect((await waitForEnd(service.jobs, id)).state).toBe('completed');
    expect(service.jobs.list()).toHaveLength(1);
  });

  test('know their place and, once this machine has completed a job, their ETA', async () => {
    await using service = createTestJobService({ devices: cpuDevices(1) });
    const { jobs } = service;
    const first = await jobs.create(jobInput('ok'));
    await waitForEnd(jobs, first.id);
    const running = await jobs.create(jobInput('until-released'));
    const queued = [await jobs.create(jobInput('ok')), await jobs.create(jobInput('ok'))];
    await waitForJob(jobs, running.id, (job) => job.stageProgress === 100);
    // The fixture reports 8 stages of 10 ms; decode is done.
    expect(jobs.get(running.id)?.etaSeconds).toBeCloseTo(0.07, 1);
    expect(queued.map(({ id }) => jobs.get(id)?.queuePosition)).toEqual([1, 2]);
    expect(jobs.get(queued[1]!.id)?.etaSeconds).toBeCloseTo(0.07 + 0.16, 1);
    expect(jobs.list().map((job) => job.id)).toEqual([queued[1]!.id, queued[0]!.id, running.id, first.id]);
    service.release();
    const last = await collectEvents(jobs, queued[1]!.id);
    expect(last.some((event) => event.job.queuePosition === 1)).toBe(true);
    expect(last.at(-1)?.job).not.toHaveProperty('etaSeconds');
  });
});

describe('readers of events', () => {
  test('that are slow miss progress, never states, and do not slow the job or grow the server', async () => {
    await using service = createTestJobService({ devices: cpuDevices(1) });
    const { jobs } = service;
    const { id } = await jobs.create(jobInput('flood'));
    const slow = jobs.subscribe(id, 0, new AbortController().signal)[Symbol.asyncIterator]();
    const seen: JobEvent[] = [(await slow.next()).value];
    await waitForJob(jobs, id, (job) => job.progress === 99);
    service.release();
    await waitForEnd(jobs, id);
    for (let next = await slow.next(); !next.done; next = await slow.next()) seen.push(next.value);
    expect(seen.filter((event) => event.type === 'state').map((event) => event.job.state)).toEqual([
      'queued',
      'processing',
      'completed',
    ]);
    expect(seen.length).toBeLessThanOrEqual(129);
    expect(seen.at(-1)!.id).toBeGreaterThan(500);
  });

  test('that come back with their last event id get the rest', async () => {
    await using service = createTestJobService();
    const { jobs } = service;
    const { id } = await jobs.create(jobInput('ok'));
    const all = await collectEvents(jobs, id);
    const middle = all[Math.floor(all.length / 2)]!.id;
    expect(await collectEvents(jobs, id, middle)).toEqual(all.filter((event) => event.id > middle));
    expect(await collectEvents(jobs, id, all.at(-1)!.id)).toEqual([]);
  });

  test('that leave do not end the job, and unknown jobs are refused', async () => {
    await using service = createTestJobService();
    const { jobs } = service;
    const { id } = await jobs.create(jobInput('until-released'));
    const controller = new AbortController();
    for await (const event of jobs.subscribe(id, 0, controller.signal)) {
      if (event.job.stage === 'decode') controller.abort();
    }
    service.release();
    expect((await waitForEnd(jobs, id)).state).toBe('completed');
    expect(() => jobs.subscribe(crypto.randomUUID(), 0, controller.signal)).toThrow(/no such job/);
  });
});
