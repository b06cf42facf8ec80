import { errorMessageOf } from '../errors.ts';
import type { DeviceLease, DevicePool, DeviceVerdict } from '../gpus/device-pool.ts';
import type { Log } from '../log.ts';
import type { Device } from '../protocol/messages.ts';
import { isWorkerDeath, type WorkerEnd } from '../worker-process/classify-worker-end.ts';
import type { JobQueue } from './job-queue.ts';

/** Why a running job is ended from outside. */
export type EndReason = 'cancelled' | 'server_shutdown';

/** What the dispatcher does not do itself. */
export interface DispatcherHooks {
  /** Whether a queued job may run on a device; each job fits at least one. */
  fits(id: string, device: Device): boolean;
  /** The job has a device; called before `run`. */
  onStart(id: string, device: Device): void;
  /** Runs the job; an abort of `signal` ends it, with an `EndReason`. */
  run(id: string, device: Device, signal: AbortSignal): Promise<WorkerEnd>;
  /** The job is over and its device is free; called once per `onStart`. */
  onEnd(id: string, end: WorkerEnd): void;
}

interface Run {
  controller: AbortController;
  /** Resolves after `onEnd`; never rejects. */
  done: Promise<void>;
}

/** Brings queued jobs and free devices together, and owns the running jobs. */
export class JobDispatcher {
  readonly #queue: JobQueue;
  readonly #pool: DevicePool;
  readonly #hooks: DispatcherHooks;
  readonly #log: Log;
  readonly #runs = new Map<string, Run>();
  readonly #closing = new AbortController();
  #isDispatching = false;

  constructor(queue: JobQueue, pool: DevicePool, hooks: DispatcherHooks, log: Log) {
    this.#queue = queue;
    this.#pool = pool;
    this.#hooks = hooks;
    this.#log = log;
  }

  /** Ids of the jobs that have a device. */
  runningIds(): string[] {
    return [...this.#runs.keys()];
  }

  /** Call it after a job was queued. */
  wake(): void {
    if (this.#closing.signal.aborted) return;
    // It waits for a device that fits the jobs before this one.
    if (this.#isDispatching) {
      this.#pool.reconsider();
      return;
    }
    this.#dispatch().catch((error: unknown) => {
      if (!this.#closing.signal.aborted)
        this.#log.error({ err: error }, `dispatching failed: ${errorMessageOf(error)}`);
    });
  }

  /** Ends a running job; resolves when its process is gone and its device free. Nothing for any other job. */
  async end(id: string, reason: EndReason): Promise<void> {
    const run = this.#runs.get(id);
    run?.controller.abort(reason);
    await run?.done;
  }

  /** Starts no more jobs, waits for the running ones, and ends those that are not done within `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    const ids = this.runningIds();
    const runs = [...this.#runs.values()].map((run) => run.done);
    const forced = setTimeout(() => {
      for (const id of ids) void this.end(id, 'server_shutdown');
    }, graceMs);
    await Promise.all(runs);
    clearTimeout(forced);
  }

  /**
   * Runs while there are jobs in the queue. A job is taken from it only when there is a device for it; one that fits
   * few devices does not keep the others from those behind it.
   */
  async #dispatch(): Promise<void> {
    this.#isDispatching = true;
    try {
      while (this.#queue.length > 0) {
        const isWanted = (device: Device) => this.#queue.ids().some((id) => this.#hooks.fits(id, device));
        const lease = await this.#pool.acquire(this.#closing.signal, isWanted);
        const id = this.#queue.take((queued) => this.#hooks.fits(queued, lease.device));
        if (id === undefined) lease.release();
        else this.#start(id, lease);
      }
    } finally {
      // At once with the last look at the queue: a wake in between would be lost.
      this.#isDispatching = false;
    }
  }

  #start(id: string, lease: DeviceLease): void {
    const controller = new AbortController();
    const run: Run = { controller, done: Promise.resolve() };
    this.#runs.set(id, run);
    run.done = this.#run(id, lease, controller.signal);
  }

  /** One job on one device: whatever happens, the device is given back and the job ends. */
  async #run(id: string, lease: DeviceLease, signal: AbortSignal): Promise<void> {
    let verdict: DeviceVerdict = 'unknown';
    let end: WorkerEnd = {
      kind: 'failed',
      code: 'internal',
      message: 'The server failed to run the job; see its log.',
    };
    try {
      this.#hooks.onStart(id, lease.device);
      end = await this.#hooks.run(id, lease.device, signal);
      verdict = verdictOf(end);
    } catch (error) {
      this.#log.error({ jobId: id, err: error }, 'running the job failed');
    } finally {
      // In one go, so that nobody sees a finished job that still holds its device.
      this.#runs.delete(id);
      lease.release(verdict);
      this.#hooks.onEnd(id, end);
    }
  }
}

/** A failure that the worker reported itself shows that the device works; a job that we ended shows nothing. */
function verdictOf(end: WorkerEnd): DeviceVerdict {
  if (end.kind === 'completed') return 'healthy';
  if (isWorkerDeath(end.code)) return 'worker_died';
  return end.code === 'cancelled' || end.code === 'server_shutdown' ? 'unknown' : 'healthy';
}
