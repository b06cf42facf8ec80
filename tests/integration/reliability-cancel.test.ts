import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JobSnapshot } from '../../src/jobs/job-service.ts';
import {
  cpuDevices,
  createTestJobService,
  jobInput,
  waitForEnd,
  waitForJob,
} from '../helpers/create-test-job-service.ts';
import { isRunning } from '../helpers/processes.ts';

// Real processes on a machine that may be busy with other things.
setDefaultTimeout(60_000);

const isWorking = (job: JobSnapshot) => job.stage === 'decode';

describe('cancel', () => {
  test('takes a queued job out of the queue and moves the others up', async () => {
    await using service = createTestJobService({ devices: cpuDevices(1) });
    const { jobs } = service;
    const running = await jobs.create(jobInput('until-released'));
    const second = await jobs.create(jobInput('ok'));
    const third = await jobs.create(jobInput('ok'));
    await waitForJob(jobs, running.id, isWorking);
    expect([jobs.get(second.id)?.queuePosition, jobs.get(third.id)?.queuePosition]).toEqual([1, 2]);
    expect(await jobs.cancel(second.id)).toMatchObject({ state: 'failed', error: { code: 'cancelled' } });
    expect(jobs.get(second.id)?.queuePosition).toBeUndefined();
    expect(existsSync(join(service.dataDir, 'jobs', second.id))).toBe(false);
    await waitForJob(jobs, third.id, (job) => job.queuePosition === 1);
    service.release();
    expect((await waitForEnd(jobs, third.id)).state).toBe('completed');
    expect((await waitForEnd(jobs, running.id)).state).toBe('completed');
  });

  test.each([
    ['polite', 'hang', 60_000],
    ['that ignores SIGTERM', 'ignore-sigterm', 50],
  ])(
    'ends a running worker %s; then its process is gone and its device free',
    async (_what, fixture, cancelGraceMs) => {
      await using service = createTestJobService({ devices: cpuDevices(1), config: { cancelGraceMs } });
      const { jobs, dataDir } = service;
      const { id } = await jobs.create(jobInput(fixture));
      await waitForJob(jobs, id, isWorking);
      expect(service.workerPids().filter(isRunning)).toHaveLength(1);
      expect(await jobs.cancel(id)).toMatchObject({ state: 'failed', error: { code: 'cancelled' } });
      expect(service.workerPids().filter(isRunning)).toEqual([]);
      expect(jobs.stats()).toMatchObject({ processing: 0, devices: [{ state: 'idle' }] });
      expect(existsSync(join(dataDir, 'jobs', id))).toBe(false);
    },
  );

  test('of a job whose worker was just started ends it too', async () => {
    await using service = createTestJobService({ devices: cpuDevices(1) });
    const { jobs } = service;
    const { id } = await jobs.create(jobInput('hang'));
    await waitForJob(jobs, id, (job) => job.state === 'processing');
    expect((await jobs.cancel(id))?.error?.code).toBe('cancelled');
    expect(service.workerPids().filter(isRunning)).toEqual([]);
  });

  test('leaves a finished job as it is, and answers undefined for an unknown one', async () => {
    await using service = createTestJobService();
    const { jobs } = service;
    const { id } = await jobs.create(jobInput('ok'));
    const finished = await waitForEnd(jobs, id);
    expect(await jobs.cancel(id)).toEqual(finished);
    expect(jobs.resolveFile(id, 'model.glb')).toBeDefined();
    expect(await jobs.cancel(crypto.randomUUID())).toBeUndefined();
    expect(await jobs.cancel('../..')).toBeUndefined();
  });

  test('called twice, and again after the next job took the device, does not hit that job', async () => {
    await using service = createTestJobService({ devices: cpuDevices(1) });
    const { jobs } = service;
    const first = await jobs.create(jobInput('hang'));
    const next = await jobs.create(jobInput('until-released'));
    await waitForJob(jobs, first.id, isWorking);
    await Promise.all([jobs.cancel(first.id), jobs.cancel(first.id)]);
    await waitForJob(jobs, next.id, isWorking);
    await jobs.cancel(first.id);
    service.release();
    expect((await waitForEnd(jobs, next.id)).state).toBe('completed');
  });

  test('at any moment leaves a job either completed with its files or cancelled without, and others alone', async () => {
    await using service = createTestJobService({ devices: cpuDevices(2) });
    const { jobs, dataDir } = service;
    const bystanders = await Promise.all(Array.from({ length: 8 }, () => jobs.create(jobInput('ok'))));
    const victims = await Promise.all(Array.from({ length: 16 }, () => jobs.create(jobInput('ok'))));
    // Each is cancelled at another event of its life: queued, moved, started, any stage, completed.
    const ends = victims.map(async ({ id }, nth) => {
      let seen = 0;
      for await (const _event of jobs.subscribe(id, 0, new AbortController().signal)) if (++seen > 2 * nth) break;
      return jobs.cancel(id);
    });
    for (const end of await Promise.all(ends)) {
      const hasFiles = existsSync(join(dataDir, 'jobs', end!.id));
      if (end?.state === 'completed') expect(hasFiles).toBe(true);
      else expect([end?.state, end?.error?.code, hasFiles]).toEqual(['failed', 'cancelled', false]);
    }
    for (const { id } of bystanders) expect((await waitForEnd(jobs, id)).state).toBe('completed');
    expect(service.workerPids().filter(isRunning)).toEqual([]);
  });
});

describe('shutdown', () => {
  test('fails queued jobs, lets running ones finish within the grace and takes no new ones', async () => {
    await using service = createTestJobService({ devices: cpuDevices(1) });
    const { jobs } = service;
    const running = await jobs.create(jobInput('until-released'));
    const queued = await jobs.create(jobInput('ok'));
    await waitForJob(jobs, running.id, isWorking);
    const down = jobs.shutdown(60_000);
    expect(jobs.stats().draining).toBe(true);
    expect(jobs.get(queued.id)?.error?.code).toBe('server_shutdown');
    await expect(jobs.create(jobInput('ok'))).rejects.toMatchObject({ code: 'server.draining' });
    service.release();
    await down;
    expect(jobs.get(running.id)?.state).toBe('completed');
    expect(jobs.resolveFile(running.id, 'model.glb')).toBeDefined();
  });

  test('ends what is not done within the grace, and leaves no process', async () => {
    await using service = createTestJobService({ devices: cpuDevices(2), config: { cancelGraceMs: 50 } });
    const { jobs } = service;
    const ids = [(await jobs.create(jobInput('hang'))).id, (await jobs.create(jobInput('ignore-sigterm'))).id];
    for (const id of ids) await waitForJob(jobs, id, isWorking);
    await Promise.all([jobs.shutdown(10), jobs.shutdown(10)]);
    for (const id of ids) expect(jobs.get(id)?.error?.code).toBe('server_shutdown');
    expect(service.workerPids().filter(isRunning)).toEqual([]);
  });
});
