import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobEvent, JobInput, JobService, JobSnapshot } from '../../src/jobs/job-service.ts';

/**
 * A job service without workers: tests move the jobs themselves and look at what the HTTP layer asked for.
 * Events are kept in memory and never dropped.
 */
export class FakeJobService implements JobService, Disposable {
  readonly inputs: JobInput[] = [];
  /** Ids with which `renew` was called. */
  readonly renewed: string[] = [];
  /** Subscriptions whose reader has not gone away. */
  activeSubscriptions = 0;
  /** Thrown by the next `create` instead of queueing. */
  refusal: Error | undefined;
  /** Bytes of the model with which each job is completed as soon as it is queued. */
  completeAtOnce: Uint8Array | undefined;
  draining = false;
  queueLimit = 256;
  workers: ReturnType<JobService['stats']>['workers'] = [];
  deviceState: 'idle' | 'busy' | 'quarantined' = 'idle';
  readonly #jobs = new Map<string, JobSnapshot>();
  readonly #events = new Map<string, JobEvent[]>();
  readonly #files = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly #folders: string[] = [];
  #clock = Date.UTC(2026, 0, 2, 3, 4, 5);

  async create(input: JobInput): Promise<JobSnapshot> {
    if (this.refusal) throw this.refusal;
    this.inputs.push(input);
    const id = crypto.randomUUID();
    const job: JobSnapshot = {
      id,
      state: 'queued',
      progress: 0,
      queuePosition: 1,
      createdAt: this.#clock++,
      timingsMs: {},
      warnings: [],
      views: {},
      options: input.options,
      ...(input.owner !== undefined && { owner: input.owner }),
    };
    this.#jobs.set(id, job);
    this.#events.set(id, []);
    this.move(id, 'state', {});
    const queued = { ...job };
    if (this.completeAtOnce) this.complete(id, this.completeAtOnce);
    return queued;
  }

  /** Changes a job and publishes the change. */
  move(id: string, type: JobEvent['type'], change: Partial<JobSnapshot>): void {
    const job = this.#jobs.get(id);
    const events = this.#events.get(id);
    if (!job || !events) throw new Error(`no job ${id}`);
    Object.assign(job, change);
    events.push({ id: events.length + 1, type, job: { ...job } });
    for (const wake of this.#listeners) wake();
  }

  /** Completes a job with a real file of these bytes behind each of its names. */
  complete(id: string, glb: Uint8Array): void {
    const dir = mkdtempSync(join(tmpdir(), 'hy3d-fake-'));
    this.#folders.push(dir);
    const files = { glb: 'model.glb', preview: 'preview.png', sheet: 'sheet.png', report: 'report.json' };
    for (const name of Object.values(files)) {
      const path = join(dir, name);
      writeFileSync(path, name === 'model.glb' ? glb : new TextEncoder().encode('{}'));
      this.#files.set(`${id}/${name}`, path);
    }
    const summary = { faces: 12, vertices: 24, watertight: true };
    this.move(id, 'state', { state: 'completed', progress: 100, finishedAt: this.#clock++, files, summary });
  }

  get(id: string): JobSnapshot | undefined {
    const job = this.#jobs.get(id);
    return job && { ...job };
  }

  list(): JobSnapshot[] {
    return [...this.#jobs.values()].reverse();
  }

  renew(id: string): boolean {
    this.renewed.push(id);
    return this.#isOver(id);
  }

  /** As when the job has expired. */
  forget(id: string): void {
    this.#jobs.delete(id);
  }

  async cancel(id: string): Promise<JobSnapshot | undefined> {
    const job = this.#jobs.get(id);
    if (job && job.state !== 'completed' && job.state !== 'failed') {
      this.move(id, 'state', { state: 'failed', error: { code: 'cancelled', message: 'The job was cancelled.' } });
    }
    return this.get(id);
  }

  async *subscribe(id: string, afterEventId: number, signal: AbortSignal): AsyncGenerator<JobEvent> {
    this.activeSubscriptions++;
    try {
      let next = afterEventId;
      for (;;) {
        const event = this.#events.get(id)?.[next];
        if (event) {
          next++;
          yield event;
        } else if (signal.aborted || this.#isOver(id)) {
          return;
        } else {
          await this.#change(signal);
        }
      }
    } finally {
      this.activeSubscriptions--;
    }
  }

  resolveFile(id: string, name: string): string | undefined {
    return this.#files.get(`${id}/${name}`);
  }

  stats(): ReturnType<JobService['stats']> {
    const count = (state: string) => this.list().filter((job) => job.state === state).length;
    const device = { kind: 'cpu', index: 0, name: 'Fake CPU', state: this.deviceState } as const;
    return {
      queued: count('queued'),
      queueLimit: this.queueLimit,
      processing: count('processing'),
      devices: [device],
      draining: this.draining,
      workers: this.workers,
    };
  }

  async shutdown(): Promise<void> {
    this.draining = true;
  }

  /** Removes the files of completed jobs. */
  [Symbol.dispose](): void {
    for (const dir of this.#folders) rmSync(dir, { recursive: true, force: true });
  }

  #isOver(id: string): boolean {
    const state = this.#jobs.get(id)?.state;
    return state === 'completed' || state === 'failed';
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#listeners.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#listeners.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
