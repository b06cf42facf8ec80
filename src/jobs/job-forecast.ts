import type { GenerateOptions } from '../protocol/options.ts';
import { isTerminal, type Job } from './job.ts';
import type { JobSnapshot } from './job-service.ts';
import { estimateQueueMs, StageTimes } from './stage-times.ts';

const DEFAULT_RETRY_AFTER_SECONDS = 10;
const MAX_RETRY_AFTER_SECONDS = 600;

/** Forecasts the ends of jobs from the stage times of those that this server completed. */
export class JobForecast {
  readonly #stageTimes = new StageTimes();
  /** Which engine took the jobs of each requested one; `auto` is only known afterwards. */
  readonly #chosenEngines = new Map<string, string>();

  /** Learns from a completed job. */
  learn(job: Job): void {
    if (job.engine !== undefined) this.#chosenEngines.set(job.options.engine, job.engine.name);
    this.#stageTimes.record(this.#profile(job), job.timingsMs);
  }

  /** A job as clients see it, with its ETA while it runs. */
  snapshot(job: Job, now: number): JobSnapshot {
    const { stageRun: _stageRun, ...known } = job;
    return { ...known, ...etaOf(job.state === 'processing' ? this.#remainingMs(job, now) : undefined) };
  }

  /** A waiting job as clients see it. @param position 1 is next @param endsInMs from `queueEndsInMs` */
  queuedSnapshot(job: Job, position: number, endsInMs: number | undefined): JobSnapshot {
    return { ...job, queuePosition: position, ...etaOf(endsInMs) };
  }

  /**
   * When each waiting job will be done, in milliseconds from now, as far as it is known.
   * @param queued next one first
   * @param idleSlots devices that are free and usable
   */
  queueEndsInMs(
    queued: readonly Job[],
    running: readonly Job[],
    idleSlots: number,
    now: number,
  ): Array<number | undefined> {
    const slotFreeInMs = [...running.map((job) => this.#remainingMs(job, now)), ...Array<number>(idleSlots).fill(0)];
    const totalsMs = queued.map((job) => this.#stageTimes.totalMs(this.#profile(job)));
    return estimateQueueMs(slotFreeInMs, totalsMs);
  }

  /** When a place in a full queue may be free: as soon as the first running job ends. */
  retryAfterSeconds(running: readonly Job[], now: number): number {
    const remainingMs = running.map((job) => this.#remainingMs(job, now)).filter((ms) => ms !== undefined);
    if (remainingMs.length === 0) return DEFAULT_RETRY_AFTER_SECONDS;
    return Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(Math.min(...remainingMs) / 1000)));
  }

  #remainingMs(job: Job, now: number): number | undefined {
    if (isTerminal(job)) return 0;
    const elapsedMs = now - (job.stageRun?.startedAt ?? now);
    return this.#stageTimes.remainingMs(this.#profile(job), job.stage, (job.stageProgress ?? 0) / 100, elapsedMs);
  }

  #profile(job: Job): string {
    const { engine, should_texture }: GenerateOptions = job.options;
    const name = job.engine?.name ?? this.#chosenEngines.get(engine) ?? engine;
    return should_texture ? `${name} textured` : name;
  }
}

function etaOf(remainingMs: number | undefined): { etaSeconds?: number } {
  return remainingMs === undefined ? {} : { etaSeconds: Math.round(remainingMs / 100) / 10 };
}
