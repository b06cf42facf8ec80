import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pino from 'pino';
import { DevicePool, type DevicePoolOptions } from '../../src/gpus/device-pool.ts';
import { createJobService } from '../../src/jobs/create-job-service.ts';
import type { JobObserver } from '../../src/jobs/job-observer.ts';
import type { JobEvent, JobInput, JobService, JobSnapshot } from '../../src/jobs/job-service.ts';
import type { JobServiceConfig } from '../../src/jobs/job-service-config.ts';
import type { Device } from '../../src/protocol/messages.ts';
import { GenerateOptionsSchema } from '../../src/protocol/options.ts';
import { createSpawnWorker, type WorkerProcess } from '../../src/worker-process/spawn-worker.ts';

/** The command of a worker in tests/fixtures/workers. */
export function fixtureWorkerCommand(name: string): string[] {
  return [process.execPath, resolve(import.meta.dir, '../fixtures/workers', `${name}.ts`)];
}

export interface TestServiceOptions {
  /** A fixture worker; `by-picture` lets each job choose by the text of its front picture. */
  worker?: string;
  /** Instead of a fixture. */
  workerCommand?: string[];
  /** Changes the worker processes. */
  wrapWorker?: (worker: WorkerProcess) => WorkerProcess;
  devices?: Device[];
  pool?: DevicePoolOptions;
  config?: Partial<JobServiceConfig>;
  /** Bytes that a device must have for an engine. */
  memoryNeeds?: ReadonlyMap<string, number>;
  now?: () => number;
  observer?: JobObserver;
}

/** A real job service with fixture workers in a folder of its own; `await using` ends it and removes the folder. */
export interface TestService extends AsyncDisposable {
  jobs: JobService;
  dataDir: string;
  modelsDir: string;
  /** Lets fixture workers go on that wait for this file. */
  release(name?: string): void;
  /** Objects of the structured log. */
  logLines: Array<Record<string, unknown>>;
  /** Ids of all worker processes that were started, oldest first. */
  workerPids(): number[];
}

export function cpuDevices(count: number): Device[] {
  return Array.from({ length: count }, (_, index) => ({ kind: 'cpu', index, name: 'test CPU' }));
}

export function createTestJobService(options: TestServiceOptions = {}): TestService {
  const dataDir = options.config?.dataDir ?? mkdtempSync(join(tmpdir(), 'hy3d-jobs-'));
  const modelsDir = mkdtempSync(join(tmpdir(), 'hy3d-models-'));
  const logLines: TestService['logLines'] = [];
  const log = pino({ level: 'debug', base: null }, { write: (line: string) => void logLines.push(JSON.parse(line)) });
  const command = options.workerCommand ?? fixtureWorkerCommand(options.worker ?? 'by-picture');
  const config: JobServiceConfig = {
    dataDir,
    modelsDir,
    maxQueue: 300,
    jobTimeoutMs: 60_000,
    heartbeatTimeoutMs: 60_000,
    cancelGraceMs: 5_000,
    standby: 0,
    standbyIdleMs: 60_000,
    standbyEngine: 'auto',
    maxJobsPerWorker: 1,
    workerMemoryBytes: 2 ** 40,
    keepJobs: 1000,
    keepForMs: 3_600_000,
    maxPixels: 40_000_000,
    ...options.config,
  };
  const spawnWorker = createSpawnWorker({ command, env: process.env });
  const { wrapWorker = (worker) => worker } = options;
  let jobs: JobService;
  try {
    jobs = createJobService(config, {
      devicePool: new DevicePool(options.devices ?? cpuDevices(2), options.pool),
      spawnWorker: (...place) => wrapWorker(spawnWorker(...place)),
      log,
      memoryNeeds: options.memoryNeeds,
      observer: options.observer,
      ...(options.now !== undefined && { now: options.now }),
    });
  } catch (error) {
    rmSync(modelsDir, { recursive: true });
    throw error;
  }
  return {
    jobs,
    dataDir,
    modelsDir,
    logLines,
    workerPids: () => logLines.filter((line) => line.msg === 'worker started').map((line) => Number(line.pid)),
    release: (name = 'release') => writeFileSync(join(modelsDir, name), ''),
    async [Symbol.asyncDispose]() {
      await jobs.shutdown(0);
      for (const folder of [dataDir, modelsDir]) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A job whose front picture holds a text: for `by-picture`, the name of the fixture to behave like. */
export function jobInput(frontText = 'ok', options: object = {}): JobInput {
  const bytes = new TextEncoder().encode(frontText);
  return { images: { front: { bytes, format: 'png' } }, options: GenerateOptionsSchema.parse(options) };
}

/** All kept events of a job, to the terminal one. */
export async function collectEvents(jobs: JobService, id: string, afterEventId = 0): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  for await (const event of jobs.subscribe(id, afterEventId, new AbortController().signal)) events.push(event);
  return events;
}

/** Waits until a snapshot fits; throws when the job ends before. */
export async function waitForJob(
  jobs: JobService,
  id: string,
  fits: (job: JobSnapshot) => boolean,
): Promise<JobSnapshot> {
  for await (const { job } of jobs.subscribe(id, 0, new AbortController().signal)) if (fits(job)) return job;
  throw new Error(`job ${id} ended before: ${JSON.stringify(jobs.get(id))}`);
}

export function waitForEnd(jobs: JobService, id: string): Promise<JobSnapshot> {
  return waitForJob(jobs, id, (job) => job.state === 'completed' || job.state === 'failed');
}
