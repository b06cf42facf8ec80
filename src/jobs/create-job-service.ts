import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AppError, errorMessageOf } from '../errors.ts';
import type { DeviceLease, DevicePool, DeviceVerdict } from '../gpus/device-pool.ts';
import type { Log } from '../log.ts';
import type { ViewName } from '../protocol/views.ts';
import { isWorkerDeath, type WorkerEnd } from '../worker-process/classify-worker-end.ts';
import type { SpawnWorker } from '../worker-process/spawn-worker.ts';
import { DataFolderLock } from './data-folder-lock.ts';
import { createJob, type Job } from './job.ts';
import { JobFolders } from './job-folders.ts';
import { JobForecast } from './job-forecast.ts';
import { JobQueue } from './job-queue.ts';
import type { JobEvent, JobInput, JobService, JobSnapshot } from './job-service.ts';
import { JobTable } from './job-table.ts';
import { runJob } from './run-job.ts';

export interface JobServiceConfig {
  /** Jobs keep their files in `<dataDir>/jobs`; one server per folder. */
  dataDir: string;
  modelsDir: string;
  /** Jobs that may wait. */
  maxQueue: number;
  /** From the start of a worker to its result. */
  jobTimeoutMs: number;
  /** Longest silence of a worker. */
  heartbeatTimeoutMs: number;
  /** From the polite signal to the forced one. */
  cancelGraceMs: number;
  /** Finished jobs that are kept, and for how long. */
  keepJobs: number;
  keepForMs: number;
  /** Largest picture that a worker decodes. */
  maxPixels: number;
}

export interface JobServiceDeps {
  devicePool: DevicePool;
  spawnWorker: SpawnWorker;
  log: Log;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** A job that has a device. */
interface Run {
  controller: AbortController;
  /** Resolves when the process is gone, the device free and the job's end known; never rejects. */
  done: Promise<void>;
}

/** Longest time between two looks for expired jobs. */
const MAX_SWEEP_INTERVAL_MS = 60_000;

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
  readonly #spawnWorker: SpawnWorker;
  readonly #log: Log;
  readonly #now: () => number;

  readonly #lock: DataFolderLock;
  readonly #folders: JobFolders;
  readonly #queue: JobQueue;
  readonly #table: JobTable;
  readonly #forecast = new JobForecast();
  /** Paths of the pictures of queued jobs. */
  readonly #views = new Map<string, Partial<Record<ViewName, string>>>();
  readonly #runs = new Map<string, Run>();
  /** Work on files that nobody waits for; `shutdown` does. */
  readonly #background = new Set<Promise<void>>();
  readonly #sweepTimer: Timer;
  readonly #draining = new AbortController();
  #isDispatching = false;
  #shutdown: Promise<void> | undefined;

  constructor(config: JobServiceConfig, deps: JobServiceDeps) {
    this.#config = config;
    this.#pool = deps.devicePool;
    this.#spawnWorker = deps.spawnWorker;
    this.#log = deps.log;
    this.#now = deps.now ?? Date.now;
    this.#lock = new DataFolderLock(config.dataDir);
    this.#folders = new JobFolders(config.dataDir);
    this.#queue = new JobQueue(config.maxQueue);
    this.#table = new JobTable({ ...config, toSnapshot: (job) => this.#snapshot(job) });
    this.#inBackground('removing the files of a former server', this.#folders.removeOrphans());
    this.#sweepTimer = setInterval(
      () => this.#sweep(),
      Math.min(MAX_SWEEP_INTERVAL_MS, Math.max(1000, config.keepForMs)),
    );
    this.#sweepTimer.unref();
  }

  async create({ images, options }: JobInput): Promise<JobSnapshot> {
    this.#refuseWhenDraining();
    if (this.#pool.size === 0) {
      throw new AppError('server.no_device', 'This server has no device to run jobs on; see its log or run doctor.');
    }
    if (!this.#queue.reserve()) {
      const retryAfterSeconds = this.#forecast.retryAfterSeconds(this.#runningJobs(), this.#now());
      const message = `The queue is full (${this.#config.maxQueue} jobs); try again in ${retryAfterSeconds} s.`;
      throw new AppError('queue.full', message, { details: { retryAfterSeconds } });
    }
    const id = randomUUID();
    try {
      this.#views.set(id, await this.#folders.create(id, images));
      this.#refuseWhenDraining();
    } catch (error) {
      this.#queue.cancelReservation();
      this.#views.delete(id);
      await this.#folders.remove(id);
      throw error instanceof AppError
        ? error
        : new AppError('internal', 'The pictures could not be stored on this server.', { cause: error });
    }
    const job = createJob(id, options, this.#now());
    this.#queue.push(id);
    this.#table.add(job);
    this.#log.info({ jobId: id, views: Object.keys(images), queued: this.#queue.length }, 'job queued');
    void this.#dispatch();
    return this.#snapshot(job);
  }

  get(id: string): JobSnapshot | undefined {
    const entry = this.#table.get(id);
    return entry && this.#snapshot(entry.job);
  }

  list(): JobSnapshot[] {
    const queued = new Map(this.#queueSnapshots().map((snapshot) => [snapshot.id, snapshot]));
    const jobs = this.#table.jobs().reverse();
    return jobs.map((job) => queued.get(job.id) ?? this.#forecast.snapshot(job, this.#now()));
  }

  async cancel(id: string): Promise<JobSnapshot | undefined> {
    if (this.#queue.remove(id)) {
      this.#views.delete(id);
      this.#fail(id, { code: 'cancelled', message: 'The job was cancelled.' });
      this.#announceMoves();
      await this.#removeFiles(id);
    } else {
      const run = this.#runs.get(id);
      run?.controller.abort('cancelled');
      await run?.done;
    }
    return this.get(id);
  }

  subscribe(id: string, afterEventId: number, signal: AbortSignal): AsyncIterable<JobEvent> {
    const entry = this.#table.get(id);
    if (entry === undefined) throw new AppError('job.unknown', `There is no job ${JSON.stringify(id.slice(0, 64))}.`);
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
      processing: this.#runs.size,
      devices: this.#pool.states(),
      draining: this.#draining.signal.aborted,
    };
  }

  shutdown(graceMs: number): Promise<void> {
    this.#shutdown ??= this.#shutDown(graceMs);
    return this.#shutdown;
  }

  async #shutDown(graceMs: number): Promise<void> {
    this.#draining.abort();
    clearInterval(this.#sweepTimer);
    for (let id = this.#queue.shift(); id !== undefined; id = this.#queue.shift()) {
      this.#views.delete(id);
      this.#fail(id, {
        code: 'server_shutdown',
        message: 'The server was shut down before the job began; send it again.',
      });
      this.#inBackground('removing files', this.#removeFiles(id));
    }
    const runs = [...this.#runs.values()];
    const forced = setTimeout(() => {
      for (const run of runs) run.controller.abort('server_shutdown');
    }, graceMs);
    await Promise.all(runs.map((run) => run.done));
    clearTimeout(forced);
    await Promise.all(this.#background);
    this.#lock[Symbol.dispose]();
  }

  #refuseWhenDraining(): void {
    if (!this.#draining.signal.aborted) return;
    throw new AppError('server.draining', 'This server is shutting down and takes no new jobs.');
  }

  /** Gives queued jobs to devices as these become free; one such loop runs while there are jobs. */
  async #dispatch(): Promise<void> {
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    try {
      while (this.#queue.length > 0) {
        const lease = await this.#pool.acquire(this.#draining.signal);
        const id = this.#queue.shift();
        if (id === undefined) lease.release();
        else this.#start(id, lease);
      }
    } catch (error) {
      if (!this.#draining.signal.aborted) this.#log.error({ err: error }, 'dispatching failed');
    } finally {
      this.#isDispatching = false;
    }
  }

  #start(id: string, lease: DeviceLease): void {
    const controller = new AbortController();
    const run: Run = { controller, done: Promise.resolve() };
    this.#runs.set(id, run);
    this.#table.change(id, { type: 'started', device: lease.device }, this.#now());
    this.#announceMoves();
    run.done = this.#run(id, lease, controller.signal);
  }

  /** One job on one device; whatever happens, the device is given back and the job ends. */
  async #run(id: string, lease: DeviceLease, signal: AbortSignal): Promise<void> {
    const log = this.#log.child({ jobId: id });
    let verdict: DeviceVerdict = 'unknown';
    let end: WorkerEnd = {
      kind: 'failed',
      code: 'internal',
      message: 'The server failed to run the job; see its log.',
    };
    try {
      end = await this.#runOn(id, lease, signal, log);
      verdict = verdictOf(end);
      await (end.kind === 'completed' ? this.#folders.keepResults(id) : this.#folders.remove(id));
    } catch (error) {
      log.error({ err: error }, 'running the job failed');
    } finally {
      // In one go, so that nobody sees a finished job that still holds its device.
      this.#runs.delete(id);
      lease.release(verdict);
      this.#settle(id, end, log);
    }
    this.#sweep();
  }

  #runOn(id: string, lease: DeviceLease, signal: AbortSignal, log: Log): Promise<WorkerEnd> {
    const job = this.#table.get(id)?.job;
    const views = this.#views.get(id);
    this.#views.delete(id);
    if (job === undefined || views === undefined) throw new Error(`Job ${id} was started without being queued.`);
    return runJob({
      id,
      options: job.options,
      views,
      paths: this.#folders.paths(id),
      device: lease.device,
      modelsDir: this.#config.modelsDir,
      maxPixels: this.#config.maxPixels,
      limits: this.#config,
      spawnWorker: this.#spawnWorker,
      signal,
      onEvent: (event) => this.#table.change(id, { type: 'worker_event', event }, this.#now()),
      log,
    });
  }

  #settle(id: string, end: WorkerEnd, log: Log): void {
    if (end.kind === 'failed') {
      this.#fail(id, end);
      return;
    }
    this.#table.change(id, { type: 'completed', result: end.result }, this.#now());
    const job = this.#table.get(id)?.job;
    if (job === undefined) return;
    this.#forecast.learn(job);
    log.info({ timingsMs: job.timingsMs, ...end.result.summary }, 'job completed');
  }

  #fail(
    id: string,
    { code, message }: { code: Extract<WorkerEnd, { kind: 'failed' }>['code']; message: string },
  ): void {
    this.#table.change(id, { type: 'failed', code, message }, this.#now());
    this.#log.info({ jobId: id, errorCode: code }, `job failed: ${message}`);
  }

  #snapshot(job: Job): JobSnapshot {
    if (job.state !== 'queued') return this.#forecast.snapshot(job, this.#now());
    const queued = this.#queueSnapshots().find((snapshot) => snapshot.id === job.id);
    return queued ?? this.#forecast.snapshot(job, this.#now());
  }

  #queueSnapshots(): JobSnapshot[] {
    const queued = this.#queue.ids().flatMap((id) => this.#table.get(id)?.job ?? []);
    const idleSlots = this.#pool.states().filter((device) => device.state === 'idle').length;
    return this.#forecast.queueSnapshots(queued, this.#runningJobs(), idleSlots, this.#now());
  }

  #runningJobs(): Job[] {
    return [...this.#runs.keys()].flatMap((id) => this.#table.get(id)?.job ?? []);
  }

  #announceMoves(): void {
    for (const snapshot of this.#queueSnapshots()) this.#table.announceMove(snapshot);
  }

  /** Forgets expired jobs and removes their files. */
  #sweep(): void {
    for (const id of this.#table.removeExpired(this.#now())) {
      this.#log.debug({ jobId: id }, 'job expired');
      this.#inBackground('removing files', this.#removeFiles(id));
    }
  }

  async #removeFiles(id: string): Promise<void> {
    await this.#folders.remove(id).catch((error: unknown) => {
      this.#log.error({ jobId: id, err: error }, 'the files of the job could not be removed');
    });
  }

  #inBackground(what: string, work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => this.#log.error({ err: error }, `${what} failed: ${errorMessageOf(error)}`))
      .finally(() => this.#background.delete(done));
    this.#background.add(done);
  }
}

/** A failure that the worker reported itself shows that it works; a cancelled one shows nothing. */
function verdictOf(end: WorkerEnd): DeviceVerdict {
  if (end.kind === 'completed') return 'healthy';
  if (isWorkerDeath(end.code)) return 'worker_died';
  return end.code === 'cancelled' || end.code === 'server_shutdown' ? 'unknown' : 'healthy';
}
