import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobSnapshot } from '../../src/jobs/job-service.ts';
import { WORKER_COMMAND } from '../../src/program-files.ts';
import type { Device } from '../../src/protocol/messages.ts';
import type { WorkerProcess } from '../../src/worker-process/spawn-worker.ts';
import {
  cpuDevices,
  createTestJobService,
  jobInput,
  type TestService,
  type TestServiceOptions,
  waitForEnd,
  waitForJob,
} from '../helpers/create-test-job-service.ts';
import { isRunning, until } from '../helpers/processes.ts';

// Real processes on a machine that may be busy with other things.
setDefaultTimeout(60_000);

const gpus = (count: number): Device[] =>
  Array.from({ length: count }, (_, index) => ({ kind: 'cuda', index, name: `test GPU ${index}` }));

function createService(
  config: NonNullable<TestServiceOptions['config']>,
  devices: Device[] = cpuDevices(1),
): TestService {
  return createTestJobService({ worker: 'several-jobs', devices, config, pool: { quarantineAfter: 1000 } });
}

/** Runs one job to its end, and tells what its worker saw where it completed. */
async function run({ jobs }: TestService, task = 'ok') {
  const { id } = await jobs.create(jobInput(task));
  const job = await waitForEnd(jobs, id);
  return { job, seen: job.state === 'completed' ? reportOf(jobs.resolveFile(id, 'report.json')) : undefined };
}

function reportOf(path: string | undefined) {
  return JSON.parse(readFileSync(path ?? '', 'utf8')) as {
    pid: number;
    jobs: number;
    found: string[];
    cwd: string;
    env: Record<string, string>;
    request: { jobId: string };
  };
}

const alive = (service: TestService) => service.workerPids().filter(isRunning);
const workerFolders = ({ dataDir }: TestService) => readdirSync(join(dataDir, 'workers'));

describe('workers that wait for their jobs', () => {
  test('are there before any job, on each device, and see only that', async () => {
    await using service = createService({ standby: 1 }, gpus(2));
    const waiting = alive(service);
    expect(waiting).toHaveLength(2);
    const created = [await service.jobs.create(jobInput()), await service.jobs.create(jobInput())];
    for (const [index, { id }] of created.entries()) {
      const { device } = await waitForEnd(service.jobs, id);
      const { pid, env } = reportOf(service.jobs.resolveFile(id, 'report.json'));
      expect(waiting).toContain(pid);
      expect([device?.index, env.CUDA_VISIBLE_DEVICES]).toEqual([index, String(index)]);
    }
  });

  test('take one job each by default, and another one is waiting before that has ended', async () => {
    await using service = createService({ standby: 2 });
    const [first, second] = service.workerPids();
    const { id } = await service.jobs.create(jobInput('until-released'));
    await waitForJob(service.jobs, id, (job) => job.stage === 'decode');
    expect(service.workerPids()).toHaveLength(3);
    service.release();
    await waitForEnd(service.jobs, id);
    expect(reportOf(service.jobs.resolveFile(id, 'report.json'))).toMatchObject({ pid: second, jobs: 1 });
    expect([isRunning(second!), isRunning(first!)]).toEqual([false, true]);
    expect(alive(service)).toHaveLength(2);
  });

  test('load networks while their device has no job, and one of them on each device alone', async () => {
    await using service = createService({ standby: 2, standbyEngine: 'some-engine' }, gpus(2));
    const loads = () => service.logLines.map(({ msg }) => String(msg)).filter((msg) => msg.startsWith('loads '));
    const loadOn = (index: number) => `loads some-engine on ${index} from ${service.modelsDir}`;
    await until('both devices have networks', () => loads().length === 2);
    expect(loads().sort()).toEqual([loadOn(0), loadOn(1)]);
    const busy = await service.jobs.create(jobInput('until-released'));
    await waitForJob(service.jobs, busy.id, (job) => job.stage === 'decode');
    const { device } = await run(service).then(({ job }) => job);
    expect(device?.index).toBe(1);
    await until('the free device has networks again', () => loads().length === 3);
    expect(loads()[2]).toBe(loadOn(1));
    service.release();
    await until('the other one has, too', () => loads().length === 4);
    expect(loads()[3]).toBe(loadOn(0));
  });

  test('never hold networks twice on a device: the one that has worked comes before one that is new', async () => {
    const config = { standby: 2, standbyIdleMs: 400, maxJobsPerWorker: 10 };
    await using service = createService(config);
    const [first, second] = service.workerPids();
    const { id } = await service.jobs.create(jobInput('until-released'));
    await until('the other one is ended', () => !isRunning(first!));
    service.release();
    await waitForEnd(service.jobs, id);
    await until('a new one waits', () => alive(service).length === 2);
    expect((await run(service)).seen).toMatchObject({ pid: second, jobs: 2 });
  });

  test('are ended after a time without a job; the next job starts a fresh one and they wait again', async () => {
    await using service = createService({ standby: 1, standbyIdleMs: 300 });
    const [pid] = service.workerPids();
    await until('the worker is ended', () => !isRunning(pid!) && workerFolders(service).length === 0);
    expect(service.logLines.filter((line) => line.level === 40)).toEqual([]);
    const { job, seen } = await run(service);
    expect(job.state).toBe('completed');
    expect(seen?.pid).not.toBe(pid);
    expect(service.workerPids().length).toBeGreaterThan(2);
  });

  test('and die meanwhile are missed by nobody, and are not started again and again', async () => {
    await using service = createService({ standby: 1 });
    const [pid] = service.workerPids();
    process.kill(pid!, 'SIGKILL');
    await until('the death is in the log', () =>
      service.logLines.some((line) => /unexpectedly/.test(String(line.msg))),
    );
    expect(service.workerPids()).toHaveLength(1);
    expect((await run(service)).job.state).toBe('completed');
    expect(alive(service)).toHaveLength(1);
  });

  test('and die at the moment at which they get a job are replaced by a fresh one', async () => {
    const wasKilled = Promise.withResolvers<void>();
    // The server learns of the end only after it has sent the job.
    const wrapWorker = (worker: WorkerProcess): WorkerProcess => ({
      ...worker,
      exited: wasKilled.promise.then(() => worker.exited),
      send(request) {
        if (request.type === 'job' && worker.pid === service.workerPids()[0]) {
          process.kill(worker.pid, 'SIGKILL');
          while (isRunning(worker.pid)) Bun.sleepSync(1);
          wasKilled.resolve();
        }
        worker.send(request);
      },
    });
    const options = { worker: 'several-jobs', devices: cpuDevices(1), config: { standby: 1 }, wrapWorker };
    await using service = createTestJobService(options);
    const { job } = await run(service);
    expect(job.state).toBe('completed');
    expect(service.logLines.filter(({ msg }) => String(msg).includes('died before the job began'))).toHaveLength(1);
  });

  test('that cannot be started do not keep the server from starting', async () => {
    const options = { workerCommand: ['/no/such/program'], devices: cpuDevices(1), config: { standby: 1 } };
    await using service = createTestJobService(options);
    expect((await run(service)).job.error?.code).toBe('worker.not_started');
    expect(workerFolders(service)).toEqual([]);
  });
});

describe('a worker that takes several jobs', () => {
  test('takes as many as it may, one after the other, and ends cleanly after the last', async () => {
    await using service = createService({ maxJobsPerWorker: 3 });
    const seen = [];
    for (let i = 0; i < 4; i++) seen.push((await run(service)).seen);
    expect(seen.map((report) => report?.jobs)).toEqual([1, 2, 3, 1]);
    expect(new Set(seen.map((report) => report?.pid)).size).toBe(2);
    const [first, second] = service.workerPids();
    expect([isRunning(first!), isRunning(second!)]).toEqual([false, true]);
    const ends = service.logLines.filter((line) => line.msg === 'the worker ended with a result');
    expect(ends.map((line) => line.exitCode)).toEqual([null, null, 0, null]);
  });

  test('starts each job with empty folders, outside those of the jobs, and carries nothing over', async () => {
    await using service = createService({ maxJobsPerWorker: 2 });
    const before = await run(service, 'litter');
    const after = await run(service);
    expect(after.seen?.pid).toBe(before.seen!.pid);
    expect(after.seen?.found).toEqual(['temp']);
    expect(after.seen?.cwd).toStartWith(join(service.dataDir, 'workers'));
    expect(after.seen?.request.jobId).toBe(after.job.id);
    expect([before.job.warnings, after.job.warnings]).toEqual([['warning of job 1'], ['warning of job 2']]);
    for (const { job } of [before, after])
      expect(readdirSync(join(service.dataDir, 'jobs', job.id))).toEqual(['output']);
    expect(workerFolders(service)).toEqual([]);
  });

  test('is replaced after the job in which it grew over the limit', async () => {
    await using service = createService({ maxJobsPerWorker: 10, workerMemoryBytes: 2 ** 30 });
    const pids = [];
    for (const task of ['ok', 'grow', 'ok']) pids.push((await run(service, task)).seen?.pid);
    expect(pids[1]).toBe(pids[0]);
    expect(pids[2]).not.toBe(pids[1]);
    expect(isRunning(pids[1]!)).toBe(false);
    expect(service.logLines.find((line) => line.msg === 'worker replaced for its size')).toMatchObject({
      rssBytes: 3000 * 2 ** 20,
      limitBytes: 2 ** 30,
    });
  });

  test.each([
    ['segfault', 'worker.signalled'],
    ['exit', 'worker.exited'],
    ['report-error', 'image.no_object'],
    ['two-results', 'worker.protocol_violation'],
    ['missing-file', 'worker.protocol_violation'],
  ])('is told apart when it fails in a later job by %s, and is not used again', async (task, code) => {
    await using service = createService({ maxJobsPerWorker: 10 });
    const { seen } = await run(service);
    const { job } = await run(service, task);
    expect(job).toMatchObject({ state: 'failed', error: { code } });
    expect(isRunning(seen!.pid)).toBe(false);
    expect(existsSync(join(service.dataDir, 'jobs', job.id))).toBe(false);
    const next = await run(service);
    expect(next.seen).toMatchObject({ jobs: 1 });
    expect(next.seen?.pid).not.toBe(seen!.pid);
  });

  test('is ended by a cancel and by the deadline of its own job', async () => {
    await using service = createService({ maxJobsPerWorker: 10, jobTimeoutMs: 1000 });
    const { seen } = await run(service);
    const { id } = await service.jobs.create(jobInput('hang'));
    await waitForJob(service.jobs, id, (job: JobSnapshot) => job.stage === 'decode');
    expect(await service.jobs.cancel(id)).toMatchObject({ error: { code: 'cancelled' } });
    expect(isRunning(seen!.pid)).toBe(false);
    expect((await run(service, 'hang')).job.error?.code).toBe('deadline_exceeded');
    expect(alive(service)).toEqual([]);
  });

  test('that does not get ready after its result is killed, and the job keeps its result', async () => {
    await using service = createService({ maxJobsPerWorker: 10, cancelGraceMs: 50 });
    const { job, seen } = await run(service, 'not-ready');
    expect(job.state).toBe('completed');
    expect(isRunning(seen!.pid)).toBe(false);
    expect((await run(service)).seen?.jobs).toBe(1);
  });

  test.each(['then-die', 'then-talk'])('and does %s while it waits is dropped', async (task) => {
    await using service = createService({ maxJobsPerWorker: 10 });
    const { job, seen } = await run(service, task);
    expect(job.state).toBe('completed');
    await until('it is gone', () => !isRunning(seen!.pid) && workerFolders(service).length === 0);
    expect((await run(service)).seen?.jobs).toBe(1);
  });
});

test('a fault of the server itself fails the job and leaves none of its files', async () => {
  const wrapWorker = (worker: WorkerProcess): WorkerProcess => ({
    ...worker,
    send() {
      throw new Error('a fault of the server');
    },
  });
  await using service = createTestJobService({ devices: cpuDevices(1), wrapWorker });
  const { job } = await run(service);
  expect(job.error?.code).toBe('internal');
  expect(existsSync(join(service.dataDir, 'jobs', job.id))).toBe(false);
  expect(alive(service)).toEqual([]);
});

test('a shutdown ends workers that wait at once and others after their jobs, and leaves nothing', async () => {
  await using service = createService({ standby: 2, maxJobsPerWorker: 10 }, cpuDevices(2));
  const { id } = await service.jobs.create(jobInput('until-released'));
  await waitForJob(service.jobs, id, (job) => job.stage === 'decode');
  const down = service.jobs.shutdown(60_000);
  await until('only the busy one is left', () => alive(service).length === 1);
  service.release();
  await down;
  expect(service.jobs.get(id)?.state).toBe('completed');
  expect(alive(service)).toEqual([]);
  expect(workerFolders(service)).toEqual([]);
});

test('the real worker makes the same bytes in a fresh, a waiting and a used process, and ends cleanly', async () => {
  const picture = (name: string) =>
    new Uint8Array(readFileSync(join(import.meta.dir, `../../src/web/examples/${name}/front.png`)));
  const options = { face_count: 500, texture_size: 256, octree_resolution: 32, remove_background: false };
  const input = (name: string) => ({
    ...jobInput('', options),
    images: { front: { bytes: picture(name), format: 'png' as const } },
  });
  const start = (config: NonNullable<TestServiceOptions['config']>) =>
    createTestJobService({ workerCommand: [...WORKER_COMMAND], devices: cpuDevices(1), config });
  const make = async ({ jobs }: TestService, name: string) => {
    const { id } = await jobs.create(input(name));
    const { error, warnings } = await waitForEnd(jobs, id);
    expect(error).toBeUndefined();
    return { warnings, glb: readFileSync(jobs.resolveFile(id, 'model.glb') ?? '') };
  };

  await using fresh = start({});
  const expected = { robot: await make(fresh, 'robot'), cactus: await make(fresh, 'cactus') };
  await using warm = start({ standby: 1, maxJobsPerWorker: 2 });
  for (const name of ['cactus', 'robot'] as const) expect(await make(warm, name)).toEqual(expected[name]);
  expect(warm.workerPids()).toHaveLength(2);
  await warm.jobs.shutdown(0);
  expect(alive(warm)).toEqual([]);
  const ends = warm.logLines.filter((line) => /the worker ended with|the waiting worker ended/.test(String(line.msg)));
  expect(ends.map((line) => line.exitCode)).toEqual([null, 0, 0]);
});
