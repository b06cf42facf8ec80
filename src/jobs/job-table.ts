import { EventLog } from './event-log.ts';
import { applyJobChange, isTerminal, type Job, type JobChange } from './job.ts';
import { isJobId } from './job-id.ts';
import type { JobSnapshot } from './job-service.ts';

export interface JobEntry {
  job: Job;
  /** When its time of being kept began again; absent where that is its end. */
  renewedAt?: number;
  readonly events: EventLog;
}

export interface JobTableOptions {
  /** Finished jobs that are kept. */
  keepJobs: number;
  /** How long a finished job is kept. */
  keepForMs: number;
  /** Adds what depends on the moment of asking. */
  toSnapshot: (job: Job) => JobSnapshot;
}

/** The jobs in memory and their event logs. */
export class JobTable {
  readonly #options: JobTableOptions;
  readonly #entries = new Map<string, JobEntry>();

  constructor(options: JobTableOptions) {
    this.#options = options;
  }

  add(job: Job): void {
    const entry: JobEntry = { job, events: new EventLog() };
    this.#entries.set(job.id, entry);
    entry.events.append('state', this.#options.toSnapshot(job));
  }

  get(id: string): JobEntry | undefined {
    return isJobId(id) ? this.#entries.get(id) : undefined;
  }

  /** Oldest first. */
  jobs(): Job[] {
    return [...this.#entries.values()].map((entry) => entry.job);
  }

  /** Applies a change and, if it had an effect, adds its event to the log. */
  change(id: string, change: JobChange, now: number): void {
    const entry = this.get(id);
    if (entry === undefined) return;
    const step = applyJobChange(entry.job, change, now);
    entry.job = step.job;
    if (step.event !== undefined) entry.events.append(step.event, this.#options.toSnapshot(step.job));
  }

  /** Lets the time for which a finished job is kept begin again. */
  renew(id: string, now: number): void {
    const entry = this.get(id);
    if (entry !== undefined) entry.renewedAt = now;
  }

  /** Takes out the finished jobs over the count and over the age, and returns their ids. */
  removeExpired(now: number): string[] {
    const { keepJobs, keepForMs } = this.#options;
    const finished = [...this.#entries.values()]
      .filter(({ job }) => isTerminal(job))
      .map(({ job, renewedAt }) => ({ id: job.id, keptSince: renewedAt ?? job.finishedAt ?? 0 }))
      .sort((a, b) => b.keptSince - a.keptSince);
    const expired = finished.filter(({ keptSince }, rank) => rank >= keepJobs || now - keptSince > keepForMs);
    for (const { id } of expired) this.#entries.delete(id);
    return expired.map((job) => job.id);
  }
}
