import { AppError } from '../../errors.ts';
import type { JobInput, JobSnapshot } from '../../jobs/job-service.ts';
import type { ClientJobs } from '../client-jobs.ts';

/** How soon a client that has all its jobs under way may try again. */
const RETRY_AFTER_SECONDS = 10;

/** Bounds the unfinished jobs of each owner. */
export class JobQuota {
  readonly #limit: number;
  /** Jobs by owner whose pictures are being stored, which no list shows yet. */
  readonly #creating = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws {AppError} `request.rate_limited`, and whatever `jobs.create` throws */
  async create(jobs: ClientJobs, input: JobInput & { owner: string }): Promise<JobSnapshot> {
    const { owner } = input;
    const listed = jobs.list().filter((job) => job.owner === owner && isUnfinished(job)).length;
    const count = listed + (this.#creating.get(owner) ?? 0);
    if (count >= this.#limit) {
      const message = `You have ${count} unfinished jobs, as many as this server allows: wait for one or cancel it.`;
      throw new AppError('request.rate_limited', message, { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } });
    }
    this.#creating.set(owner, (this.#creating.get(owner) ?? 0) + 1);
    try {
      return await jobs.create(input);
    } finally {
      const left = (this.#creating.get(owner) ?? 1) - 1;
      if (left === 0) this.#creating.delete(owner);
      else this.#creating.set(owner, left);
    }
  }
}

function isUnfinished({ state }: JobSnapshot): boolean {
  return state === 'queued' || state === 'processing';
}
