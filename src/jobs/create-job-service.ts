import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AppError, type JobErrorCode } from '../errors.ts';
import type { DevicePool } from '../gpus/device-pool.ts';
import { fitsDevice } from '../gpus/fits-device.ts';
import type { Log } from '../log.ts';
import type { Device } from '../protocol/messages.ts';
import type { ViewName } from '../protocol/views.ts';
import type { WorkerEnd } from '../worker-process/classify-worker-end.ts';
import { WorkerPool } from '../worker-process/worker-pool.ts';
import { BackgroundWork } from './background-work.ts';
import { DataFolderLock } from './data-folder-lock.ts';
import { createJob, isTerminal, type Job } from './job.ts';
import { JobDispatcher } from './job-dispatcher.ts';
import { JobFolders } from './job-folders.ts';
import { JobForecast } from './job-forecast.ts';
import type { JobObserver } from './job-observer.ts';
import { JobQueue } from './job-queue.ts';
import type { JobEvent, JobInput, JobService, JobSnapshot } from './job-service.ts';
import type { JobServiceConfig, JobServiceDeps } from './job-service-config.ts';
import { JobTable } from './job-table.ts';
import { runJob } from './run-job.ts';

/** Longest time between two looks for expired jobs. */
const MAX_SWEEP_INTERVAL_MS = 60_000;
const MIN_SWEEP_INTERVAL_MS = 1000;

/**
 * Makes the service that owns jobs from their creation to their expiry. Removes what a former server left in the
 * data folder.
 * @throws when another server uses the data folder.
 */
export function createJobService(config: JobServiceConfig, deps: JobServiceDeps): JobService {
  return new LocalJobService(config, deps);
}

class LocalJobService implements JobService {
  readonly #config: JobServiceConfig;
  readonly #pool: DevicePool;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #observer: JobObserver | undefined;
  readonly #memoryNeeds: ReadonlyMap<string, number>;

  readonly #lock: DataFolderLock;
  readonly #folders: JobFolders;
  readonly #queue: JobQueue;
  readonly #table: JobTable;
  readonly #dispatcher: JobDispatcher;
  readonly #workers: WorkerPool;
  readonly #forecast = new JobForecast();
  /** Paths of the pictures of queued jobs. */
  readonly #views = new Map<string, Partial<Record<ViewName, string>>>();
  /** Work on files that only `shutdown` waits for. */
  readonly #background: BackgroundWork;
  readonly #sweepTimer: Timer;
  #shutdown: Promise<void> | undefined;

  constructor(config: JobServiceConfig, deps: JobServiceDeps) {
    this.#config = config;
    this.#pool = deps.devicePool;
    this.#log = deps.log;
    this.#now = deps.now ?? Date.now;
    this.#observer = deps.observer;
    this.#memoryNeeds = deps.memoryNeeds ?? new Map();
    this.#background = new BackgroundWork(deps.log);
    this.#lock = new DataFolderLock(config.dataDir);
    this.#folders = new JobFolders(config.dataDir);
    this.#queue = new JobQueue(config.maxQueue);
    this.#table = new JobTable({ ...config, toSnapshot: (job) => this.#snapshot(job) });
    const hooks = {
      fits: (id: string, device: Device) => this.#fits(id, device),
      onStart: (id: string, device: Device) => this.#onStart(id, device),
      run: (id: string, device: Device, signal: AbortSignal) => this.#run(id, device, signal),
      onEnd: (id: string, end: WorkerEnd) => this.#onEnd(id, end),
    };
    this.#workers = new WorkerPool(config, { ...deps, devices: this.#pool.devices });
    this.#dispatcher = new JobDispatcher(this.#queue, this.#pool, hooks, this.#log);
    this.#background.add('removing the files of a former server', this.#folders.removeOrphans());
    const sweepMs = Math.min(MAX_SWEEP_INTERVAL_MS, Math.max(MIN_SWEEP_INTERVAL_MS, config.keepForMs));
    this.#sweepTimer = setInterval(() => this.#sweep(), sweepMs);
    this.#sweepTimer.unref();
  }

  async create({ images, options, owner, requestId }: JobInput): Promise<JobSnapshot> {
    this.#refuseWhenDraining();
    this.#reservePlace();
    const id = randomUUID();
    try {
      this.#views.set(id, await this.#folders.create(id, images));
      this.#refuseWhenDraining();
    } catch (error) {
      this.#queue.cancelReservation();
      await this.#removeFiles(id);
      if (error instanceof AppError) throw error;
      throw new AppError('internal', 'The pictures could not be stored on this server.', { cause: error });
    }
    const job: Job = { ...createJob(id, options, this.#now()), ...(owner !== undefined && { owner }) };
    this.#queue.push(id);
    this.#table.add(job);
    const views = Object.keys(images);
    this.#log.info({ jobId: id, requestId, owner, views, queued: this.#queue.length }, 'job queued');
    this.#observer?.onQueued(job);
    this.#dispatcher.wake();
    return this.#snapshot(job);
  }

  get(id: string): JobSnapshot | undefined {
    const entry = this.#table.get(id);
    return entry && this.#snapshot(entry.job);
  }

  list(): JobSnapshot[] {
    const queued = this.#queuedJobs();
    const endsInMs = this.#queueEndsInMs(queued);
    const indices = new Map(queued.map((job, index) => [job.id, index]));
    const jobs = this.#table.jobs().reverse();
    return jobs.map((job) => {
      const index = indices.get(job.id);
      if (index === undefined) return this.#forecast.snapshot(job, this.#now());
      return this.#forecast.queuedSnapshot(job, index + 1, endsInMs[index]);
    });
  }

  renew(id: string): boolean {
    const job = this.#table.get(id)?.job;
    if (job === undefined || !isTerminal(job)) return false;
    this.#table.renew(id, this.#now());
    return true;
  }

  async cancel(id: string): Promise<JobSnapshot | undefined> {
    if (this.#queue.remove(id)) {
      this.#fail(id, 'cancelled', 'The job was cancelled.');
      this.#announceMoves();
      await this.#removeFiles(id);
    } else {
      await this.#dispatcher.end(id, 'cancelled');
    }
    return this.get(id);
  }

  subscribe(id: string, afterEventId: number, signal: AbortSignal): AsyncIterable<JobEvent> {
    const entry = this.#table.get(id);
    if (entry === undefined) throw new AppError('job.unknown', 'There is no such job, or it has expired.');
    // Queued jobs that nobody follows are not told when they move up.
    if (entry.job.state === 'queued') entry.events.appendMove(this.#snapshot(entry.job));
    return entry.events.read(afterEventId, signal);
  }

  resolveFile(id: string, name: string): string | undefined {
    const files = this.#table.get(id)?.job.files;
    if (files === undefined || !Object.values(files).includes(name)) return undefined;
    return join(this.#folders.paths(id).output, name);
  }

  stats(): ReturnType<JobService['stats']> {
    return {
      queued: this.#queue.length,
      queueLimit: this.#config.maxQueue,
      processing: this.#dispatcher.runningIds().length,
      devices: this.#pool.states(),
      draining: this.#shutdown !== undefined,
      workers: this.#workers.states(),
    };
  }

  shutdown(graceMs: number): Promise<void> {
    this.#shutdown ??= this.#shutDown(graceMs);
    return this.#shutdown;
  }

  async #shutDown(graceMs: number): Promise<void> {
    clearInterval(this.#sweepTimer);
    for (let id = this.#queue.shift(); id !== undefined; id = this.#queue.shift()) {
      this.#fail(id, 'server_shutdown', 'The server was shut down before the job began; send it again.');
      this.#background.add('removing files', this.#removeFiles(id));
    }
    const workersGone = this.#workers.close();
    await this.#dispatcher.close(graceMs);
    await workersGone;
    await this.#background.settled();
    this.#lock[Symbol.dispose]();
  }

  #refuseWhenDraining(): void {
    if (this.#shutdown === undefined) return;
    throw new AppError('server.draining', 'This server is shutting down and takes no new jobs.');
  }

  #reservePlace(): void {
    if (this.#pool.size === 0) {
      throw new AppError('server.no_device', 'This server has no device to run jobs on; see its log or run doctor.');
    }
    if (this.#queue.reserve()) return;
    const retryAfterSeconds = this.#forecast.retryAfterSeconds(this.#runningJobs(), this.#now());
    const message = `The queue is full (${this.#config.maxQueue} jobs); try again in ${retryAfterSeconds} s.`;
    throw new AppError('queue.full', message, { details: { retryAfterSeconds } });
  }

  #fits(id: string, device: Device): boolean {
    const engine = this.#table.get(id)?.job.options.engine ?? '';
    return fitsDevice(this.#memoryNeeds.get(engine), device, this.#pool.devices);
  }

  #onStart(id: string, device: Device): void {
    this.#table.change(id, { type: 'started', device }, this.#now());
    const job = this.#table.get(id)?.job;
    if (job !== undefined) this.#observer?.onStarted(job, device);
    this.#announceMoves();
  }

  async #run(id: string, device: Device, signal: AbortSignal): Promise<WorkerEnd> {
    const job = this.#table.get(id)?.job;
    const views = this.#views.get(id);
    if (job === undefined || views === undefined) throw new Error(`Job ${id} was started without being queued.`);
    this.#views.delete(id);
    let hasResults = false;
    try {
      const end = await runJob({
        id,
        options: job.options,
        views,
        paths: this.#folders.paths(id),
        device,
        modelsDir: this.#config.modelsDir,
        maxPixels: this.#config.maxPixels,
        workers: this.#workers,
        signal,
        onEvent: (event) => {
          this.#table.change(id, { type: 'worker_event', event }, this.#now());
          this.#observer?.onWorkerEvent(event);
        },
        log: this.#log.child({ jobId: id }),
      });
      this.#observer?.onWorkerEnd(end);
      if (end.kind === 'completed') await this.#folders.keepResults(id);
      hasResults = end.kind === 'completed';
      return end;
    } finally {
      // Before the end is told, so that no finished job has temporary files.
      if (!hasResults) await this.#removeFiles(id);
    }
  }

  #onEnd(id: string, end: WorkerEnd): void {
    if (end.kind === 'completed') {
      this.#table.change(id, { type: 'completed', result: end.result }, this.#now());
      const job = this.#table.get(id)?.job;
      if (job !== undefined) this.#forecast.learn(job);
      this.#log.info({ jobId: id, timingsMs: job?.timingsMs, ...end.result.summary }, 'job completed');
      if (job !== undefined) this.#observer?.onFinished(job);
    } else {
      this.#fail(id, end.code, end.message);
    }
    this.#sweep();
  }

  #fail(id: string, code: JobErrorCode, message: string): void {
    this.#views.delete(id);
    this.#table.change(id, { type: 'failed', code, message }, this.#now());
    const job = this.#table.get(id)?.job;
    if (job !== undefined) this.#observer?.onFinished(job);
    this.#log.info({ jobId: id, errorCode: code }, `job failed: ${message}`);
  }

  #snapshot(job: Job): JobSnapshot {
    const index = job.state === 'queued' ? this.#queue.ids().indexOf(job.id) : -1;
    if (index === -1) return this.#forecast.snapshot(job, this.#now());
    return this.#forecast.queuedSnapshot(job, index + 1, this.#queueEndsInMs(this.#queuedJobs())[index]);
  }

  #queueEndsInMs(queued: readonly Job[]): Array<number | undefined> {
    const idleSlots = this.#pool.states().filter((device) => device.state === 'idle').length;
    return this.#forecast.queueEndsInMs(queued, this.#runningJobs(), idleSlots, this.#now());
  }

  #queuedJobs(): Job[] {
    return this.#queue.ids().flatMap((id) => this.#table.get(id)?.job ?? []);
  }

  #runningJobs(): Job[] {
    return this.#dispatcher.runningIds().flatMap((id) => this.#table.get(id)?.job ?? []);
  }

  /** Tells those who follow queued jobs that these moved up; not all jobs, for a queue may be long. */
  #announceMoves(): void {
    const queued = this.#queuedJobs();
    const endsInMs = this.#queueEndsInMs(queued);
    for (const [index, job] of queued.entries()) {
      const events = this.#table.get(job.id)?.events;
      if (events === undefined || events.readers === 0) continue;
      events.appendMove(this.#forecast.queuedSnapshot(job, index + 1, endsInMs[index]));
    }
  }

  /** Forgets expired jobs and removes their files. */
  #sweep(): void {
    for (const id of this.#table.removeExpired(this.#now())) {
      this.#log.debug({ jobId: id }, 'job expired');
      this.#background.add('removing files', this.#removeFiles(id));
    }
  }

  async #removeFiles(id: string): Promise<void> {
    this.#views.delete(id);
    await this.#folders.remove(id).catch((error: unknown) => {
      this.#log.error({ jobId: id, err: error }, 'the files of the job could not be removed');
    });
  }
}
