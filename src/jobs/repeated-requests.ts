import { AppError } from '../errors.ts';
import { ExpiringMap } from './expiring-map.ts';
import { fingerprintInput } from './fingerprint-input.ts';
import type { JobInput, JobService, JobState } from './job-service.ts';

/** The jobs among which a repeated request finds its own. */
export interface RepeatScope extends Pick<JobService, 'create' | 'get' | 'renew'> {
  /** Requests of different scopes are never taken for repetitions of each other. */
  readonly scope: string;
}

/** What the client of a request is told. */
export interface CreatedJob {
  id: string;
  state: JobState;
  /** An earlier request with the same idempotency key made it. */
  isReplay: boolean;
}

export interface IdempotencyKey {
  key: string;
  besides?: object | undefined;
}

interface KeyedRequest {
  fingerprint: string;
  answer: Promise<CreatedJob>;
}

/** Far more requests than a server takes while their clients still try again; some 300 bytes each. */
const BOUNDS = { maxEntries: 10_000, maxAgeMs: 24 * 3_600_000 };

/**
 * Makes jobs, but not twice where the client says that once is enough.
 *
 * A request with an idempotency key gets the job and the answer of the first one with that key, for a day and as long
 * as the job is kept; one that was refused leaves its key free. A request with the option `cache` gets the job of an
 * equal earlier one with that option that is completed and kept; its time of being kept then begins again. Unfinished
 * jobs are not shared, since whoever shares one could cancel it. Both live in memory, as jobs do: another version of
 * the program or of its engines starts with nothing to repeat.
 */
export class RepeatedRequests {
  readonly #keyed: ExpiringMap<KeyedRequest>;
  /** Ids of jobs by scope and fingerprint. */
  readonly #cached: ExpiringMap<string>;

  constructor(bounds = BOUNDS, now: () => number = Date.now) {
    this.#keyed = new ExpiringMap(bounds, now);
    this.#cached = new ExpiringMap({ ...bounds, maxAgeMs: Number.POSITIVE_INFINITY }, now);
  }

  /**
   * @param keyed the idempotency key, and what besides pictures and options must be equal where it comes again
   * @throws {AppError} `request.key_reused` where the key came with another request before; see also
   *   `JobService.create`
   */
  async create(jobs: RepeatScope, input: JobInput, keyed?: IdempotencyKey): Promise<CreatedJob> {
    if (keyed === undefined && input.options.cache !== true) return createNew(jobs, input);
    const fingerprint = await fingerprintInput(input);
    const make = () => this.#createOrFind(jobs, input, fingerprint);
    if (keyed === undefined) return make();
    return this.#once(jobs, keyed.key, `${fingerprint} ${JSON.stringify(keyed.besides)}`, make);
  }

  /** From looking for the key to storing it nothing is awaited, so that of simultaneous requests one is first. */
  async #once(
    jobs: RepeatScope,
    idempotencyKey: string,
    fingerprint: string,
    make: () => Promise<CreatedJob>,
  ): Promise<CreatedJob> {
    const key = JSON.stringify([jobs.scope, idempotencyKey]);
    const earlier = this.#keyed.get(key);
    if (earlier !== undefined) {
      if (earlier.fingerprint !== fingerprint) throw keyReused();
      const answer = await earlier.answer;
      if (jobs.get(answer.id) !== undefined) return { ...answer, isReplay: true };
      this.#keyed.remove(key, earlier);
      return this.#once(jobs, idempotencyKey, fingerprint, make);
    }
    const request: KeyedRequest = { fingerprint, answer: make() };
    this.#keyed.set(key, request);
    try {
      return await request.answer;
    } catch (error) {
      this.#keyed.remove(key, request);
      throw error;
    }
  }

  async #createOrFind(jobs: RepeatScope, input: JobInput, fingerprint: string): Promise<CreatedJob> {
    if (input.options.cache !== true) return createNew(jobs, input);
    const key = JSON.stringify([jobs.scope, fingerprint]);
    const id = this.#cached.get(key);
    const earlier = id === undefined ? undefined : jobs.get(id);
    if (earlier?.state === 'completed' && jobs.renew(earlier.id)) {
      return { id: earlier.id, state: 'completed', isReplay: false };
    }
    const created = await createNew(jobs, input);
    // One that is under way will be there sooner.
    if (earlier === undefined || earlier.state === 'failed') this.#cached.set(key, created.id);
    return created;
  }
}

async function createNew(jobs: RepeatScope, input: JobInput): Promise<CreatedJob> {
  const { id } = await jobs.create(input);
  return { id, state: 'queued', isReplay: false };
}

function keyReused(): AppError {
  return new AppError(
    'request.key_reused',
    'Idempotency-Key: this key came with other pictures or options before; expected a new key for a new request.',
  );
}
