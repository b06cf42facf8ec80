import { AppError } from '../../errors.ts';
import type { JobInput, JobService, JobSnapshot } from '../../jobs/job-service.ts';

/** How soon a client that has all its jobs under way may try again. */
const RETRY_AFTER_SECONDS = 10;

interface Entry {
  owner: string;
  /** Absent while the pictures are being stored. */
  id?: string;
}

/** Bounds the unfinished jobs of each owner. */
export class JobQuota {
  readonly #limit: number;
  /** The unfinished jobs that came through here, and some that ended since the last look. */
  readonly #entries = new Set<Entry>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws {AppError} `request.rate_limited`, and whatever `jobs.create` throws */
  async create(jobs: Pick<JobService, 'create' | 'list'>, input: JobInput & { owner: string }): Promise<JobSnapshot> {
    this.#forgetFinished(jobs);
    const own = [...this.#entries].filter(({ owner }) => owner === input.owner);
    if (own.length >= this.#limit) {
      const message = `You have ${own.length} unfinished jobs, as many as this server allows: wait for one or cancel it.`;
      throw new AppError('request.rate_limited', message, { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } });
    }
    const entry: Entry = { owner: input.owner };
    this.#entries.add(entry);
    try {
      const job = await jobs.create(input);
      entry.id = job.id;
      return job;
    } catch (error) {
      this.#entries.delete(entry);
      throw error;
    }
  }

  #forgetFinished(jobs: Pick<JobService, 'list'>): void {
    const unfinished = new Set(
      jobs
        .list()
        .filter(isUnfinished)
        .map(({ id }) => id),
    );
    for (const entry of this.#entries) {
      if (entry.id !== undefined && !unfinished.has(entry.id)) this.#entries.delete(entry);
    }
  }
}

function isUnfinished({ state }: JobSnapshot): boolean {
  return state === 'queued' || state === 'processing';
}
