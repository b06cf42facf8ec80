import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import type { Device } from '../../src/protocol/messages.ts';
import {
  cpuDevices,
  createTestJobService,
  jobInput,
  waitForEnd,
  waitForJob,
} from '../helpers/create-test-job-service.ts';
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
    for (const { id } of created) {
      const { device } = await waitForEnd(jobs, id);
      const { env, request } = JSON.parse(readFileSync(jobs.resolveFile(id, 'report.json')!, 'utf8'));
      expect(env).toMatchObject({ CUDA_VISIBLE_DEVICES: String(device?.index), CUDA_DEVICE_ORDER: 'PCI_BUS_ID' });
      expect(env.ORT_DISABLE_TELEMETRY).toBe('1');
      expect(request.device).toEqual(device);
      seen.push(env.CUDA_VISIBLE_DEVICES);
    }
    expect(seen.sort()).toEqual(['0', '1', '2', '3']);
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
