import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WORKER_COMMAND } from '../../src/program-files.ts';
import type { Device } from '../../src/protocol/messages.ts';
import {
  cpuDevices,
  createTestJobService,
  jobInput,
  waitForEnd,
  waitForJob,
} from '../helpers/create-test-job-service.ts';
import { modelEntry } from '../helpers/model-entries.ts';
import { sessionOf } from '../helpers/processes.ts';

// Real processes on a machine that may be busy with other things.
setDefaultTimeout(60_000);

const gpus = (count: number): Device[] =>
  Array.from({ length: count }, (_, index) => ({ kind: 'cuda', index, name: `test GPU ${index}` }));

describe('workers and devices', () => {
  test('four jobs at once see one GPU each, their own', async () => {
    await using service = createTestJobService({ devices: gpus(4) });
    const { jobs } = service;
    const created = await Promise.all(Array.from({ length: 4 }, () => jobs.create(jobInput('until-released'))));
    for (const { id } of created) await waitForJob(jobs, id, (job) => job.stage === 'decode');
    expect(jobs.stats()).toMatchObject({ processing: 4, queued: 0 });
    expect(jobs.stats().devices.map((device) => device.state)).toEqual(['busy', 'busy', 'busy', 'busy']);
    service.release();
    const seen: string[] = [];
    const pids = new Set<number>();
    for (const { id } of created) {
      const { device } = await waitForEnd(jobs, id);
      const { pid, env, request } = JSON.parse(readFileSync(jobs.resolveFile(id, 'report.json')!, 'utf8'));
      pids.add(pid);
      expect(env).toMatchObject({ CUDA_VISIBLE_DEVICES: String(device?.index), CUDA_DEVICE_ORDER: 'PCI_BUS_ID' });
      expect(env.ORT_DISABLE_TELEMETRY).toBe('1');
      expect(request.device).toEqual(device);
      seen.push(env.CUDA_VISIBLE_DEVICES);
    }
    expect(seen.sort()).toEqual(['0', '1', '2', '3']);
    expect([...pids].sort()).toEqual(service.workerPids().sort());
    expect(pids.size).toBe(4);
  });

  test('a job on the CPU sees no GPU, and nothing of the environment that it does not need', async () => {
    process.env.HY3D_TEST_SECRET = 'secret';
    await using service = createTestJobService({ devices: cpuDevices(1) });
    delete process.env.HY3D_TEST_SECRET;
    const { id } = await service.jobs.create(jobInput('ok'));
    await waitForEnd(service.jobs, id);
    const { env } = JSON.parse(readFileSync(service.jobs.resolveFile(id, 'report.json')!, 'utf8'));
    expect(env.CUDA_VISIBLE_DEVICES).toBe('');
    expect(env.HY3D_TEST_SECRET).toBeUndefined();
  });

  test('a worker runs in a session of its own, so that Ctrl-C on the server does not kill its job', async () => {
    await using service = createTestJobService({ devices: cpuDevices(1) });
    const { id } = await service.jobs.create(jobInput('until-released'));
    await waitForJob(service.jobs, id, (job) => job.stage === 'decode');
    const pid = service.workerPids()[0]!;
    expect(sessionOf(pid)).toBe(pid);
    expect(sessionOf(process.pid)).not.toBe(pid);
  });

  test('a device whose workers keep dying is taken out, waited for, and used again', async () => {
    const quarantined: number[] = [];
    const pool = {
      quarantineAfter: 2,
      quarantineMs: 100,
      onQuarantine: (device: Device) => quarantined.push(device.index),
    };
    await using service = createTestJobService({ devices: gpus(1), pool });
    const { jobs } = service;
    for (const fixture of ['segfault', 'no-result']) {
      const { id } = await jobs.create(jobInput(fixture));
      await waitForEnd(jobs, id);
    }
    expect(quarantined).toEqual([0]);
    const { id } = await jobs.create(jobInput('ok'));
    expect(await waitForEnd(jobs, id)).toMatchObject({ state: 'completed', device: { index: 0 } });
    expect(jobs.stats().devices).toMatchObject([{ state: 'idle' }]);
  });

  test('a dead device of four is taken out while the others go on, and comes back when it works again', async () => {
    let now = 0;
    const pool = { quarantineAfter: 2, quarantineMs: 1000, now: () => now };
    await using service = createTestJobService({ worker: 'dead-gpu', devices: gpus(4), pool });
    const { jobs } = service;
    const ids = await Promise.all(Array.from({ length: 40 }, async () => (await jobs.create(jobInput())).id));
    const ends = await Promise.all(ids.map((id) => waitForEnd(jobs, id)));
    const failed = ends.filter((job) => job.state === 'failed');
    expect(failed.map(({ error, device }) => [error?.code, device?.index])).toEqual([
      ['worker.signalled', 2],
      ['worker.signalled', 2],
    ]);
    expect(new Set(ends.map((job) => job.device?.index)).size).toBe(4);
    expect(jobs.stats().devices.map((device) => device.state)).toEqual(['idle', 'idle', 'quarantined', 'idle']);

    service.release('repaired');
    now = 1000;
    const isUsed = async () => {
      const round = await Promise.all(Array.from({ length: 8 }, async () => (await jobs.create(jobInput())).id));
      const done = await Promise.all(round.map((id) => waitForEnd(jobs, id)));
      expect(done.map((job) => job.state)).toEqual(done.map(() => 'completed'));
      return done.some((job) => job.device?.index === 2);
    };
    while (!(await isUsed())) await Bun.sleep(5);
    expect(jobs.stats().devices.map((device) => device.state)).toEqual(['idle', 'idle', 'idle', 'idle']);
  });

  test('no device is free while a job waits, whatever becomes of the jobs', async () => {
    await using service = createTestJobService({ devices: gpus(4), pool: { quarantineAfter: 1e6 } });
    const { jobs } = service;
    const fixtures = ['ok', 'ok', 'crash', 'reports-error', 'ok', 'segfault', 'no-result'];
    const ids = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => (await jobs.create(jobInput(fixtures[i % fixtures.length]))).id),
    );
    let looks = 0;
    const watch = async (id: string, index: number) => {
      for await (const { job } of jobs.subscribe(id, 0, new AbortController().signal)) {
        if (index % 9 === 0 && job.state === 'queued') await jobs.cancel(id);
        const { queued, devices } = jobs.stats();
        if (queued === 0) continue;
        looks += 1;
        expect(devices.map((device) => device.state)).toEqual(['busy', 'busy', 'busy', 'busy']);
      }
    };
    await Promise.all(ids.map(watch));
    expect(looks).toBeGreaterThan(100);
  });

  test('a job for a network that needs much memory waits for the GPU that has it, and keeps no other one idle', async () => {
    const [first, second] = gpus(2);
    const devices = [
      { ...first!, memoryBytes: 4e9 },
      { ...second!, memoryBytes: 24e9 },
    ];
    await using service = createTestJobService({ devices, memoryNeeds: new Map([['huge', 8e9]]) });
    const { jobs } = service;
    const large = [];
    for (let i = 0; i < 3; i++) large.push(await jobs.create(jobInput('until-released', { engine: 'huge' })));
    await waitForJob(jobs, large[0]!.id, (job) => job.stage === 'decode');
    expect(jobs.stats()).toMatchObject({ queued: 2, devices: [{ state: 'idle' }, { state: 'busy' }] });
    const small = await jobs.create(jobInput('ok'));
    expect(await waitForEnd(jobs, small.id)).toMatchObject({ state: 'completed', device: { index: 0 } });
    service.release();
    for (const { id } of large) {
      expect(await waitForEnd(jobs, id)).toMatchObject({ state: 'completed', device: { index: 1 } });
    }
  });

  test('jobs that fail by their own fault do not take out a device', async () => {
    const pool = { quarantineAfter: 1, quarantineMs: 1e9 };
    await using service = createTestJobService({ devices: gpus(1), pool });
    const { jobs } = service;
    const { id } = await jobs.create(jobInput('reports-error'));
    await waitForEnd(jobs, id);
    const { id: hanging } = await jobs.create(jobInput('hang'));
    await waitForJob(jobs, hanging, (job) => job.stage === 'decode');
    await jobs.cancel(hanging);
    expect(jobs.stats().devices).toMatchObject([{ state: 'idle' }]);
  });

  test('a server without devices says so', async () => {
    await using service = createTestJobService({ devices: [] });
    await expect(service.jobs.create(jobInput('ok'))).rejects.toMatchObject({ code: 'server.no_device' });
  });
});

test('a GPU that is too small for the engine of a job says so before any work is done', async () => {
  const small: Device = { kind: 'cuda', index: 0, name: 'small GPU', memoryBytes: 1e9 };
  await using service = createTestJobService({ workerCommand: [...WORKER_COMMAND], devices: [small] });
  const entry = modelEntry({ memoryBytes: 6e9 });
  writeFileSync(join(service.modelsDir, 'manifest.json'), JSON.stringify({ models: [entry] }));
  for (const { path } of entry.files) {
    const file = join(service.modelsDir, entry.repo, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'weights');
  }
  const { id } = await service.jobs.create(jobInput('not even a picture', { engine: 'tiny' }));
  const { error, stage } = await waitForEnd(service.jobs, id);
  expect(error).toEqual({
    code: 'engine.unavailable',
    message:
      'engine "tiny" cannot run here: it needs about 3.0 GB of memory even with 4-bit weights, and small GPU has 1.0 GB',
  });
  expect(stage).toBeUndefined();
});
