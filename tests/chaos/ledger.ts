import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, type Status } from '../helpers/api-client.ts';
import { pngOf } from '../helpers/picture-bytes.ts';
import { until } from '../helpers/processes.ts';
import { BEHAVIOURS, type Behaviour, modelOf } from './behaviours.ts';
import { checkWorkers, PATIENCE_MS, type ServerWithWorkers } from './check-workers.ts';

const RANK = { queued: 0, processing: 1, completed: 2, failed: 2 } as const;
const SETTLE_MS = 120_000;
const FRONT = Buffer.from(pngOf(16, 16)).toString('base64');

/** The jobs that a server took, what it said of them, and what must hold of them whatever happens. */
export class Ledger {
  readonly client: ApiClient;
  readonly #server: ServerWithWorkers;
  readonly #patienceMs: number;
  readonly #jobs = new Map<string, Status | undefined>();

  constructor(server: ServerWithWorkers, patienceMs: number = PATIENCE_MS) {
    this.client = new ApiClient(server.url);
    this.#server = server;
    this.#patienceMs = patienceMs;
  }

  ids(): string[] {
    return [...this.#jobs.keys()];
  }

  async post(behaviour: Behaviour): Promise<string> {
    const id = await this.client.generate(bodyOf(behaviour));
    this.accept(id);
    return id;
  }

  accept(id: string): void {
    assert.ok(!this.#jobs.has(id), `job ${id} was given out twice`);
    this.#jobs.set(id, undefined);
  }

  /** Asserts that a job only ever goes forward, and that its end is final. */
  observe(status: Status): void {
    const { job_id: id } = status;
    assert.ok(this.#jobs.has(id), `job ${id} was never asked for`);
    const before = this.#jobs.get(id);
    if (before !== undefined) {
      const change = `job ${id} went from ${before.status} ${before.error_code} to ${status.status} ${status.error_code}`;
      assert.ok(RANK[status.status] >= RANK[before.status], change);
      assert.ok(status.progress >= before.progress, `${change}, ${before.progress} to ${status.progress} percent`);
      if (isOver(before))
        assert.deepEqual([status.status, status.error_code], [before.status, before.error_code], change);
    }
    this.#jobs.set(id, status);
  }

  /** Waits until every job has ended and checks that none is missing, doubled or made up. */
  async settle(): Promise<Status[]> {
    const giveUpAt = performance.now() + SETTLE_MS;
    for (;;) {
      const { jobs } = await this.client.json<{ jobs: Status[] }>('/api/jobs');
      assert.deepEqual(
        jobs.map((job) => job.job_id).sort(),
        this.ids().sort(),
        'the list of jobs is not what was posted',
      );
      for (const job of jobs) this.observe(job);
      if (jobs.every(isOver)) return jobs;
      assert.ok(performance.now() < giveUpAt, `jobs do not end: ${JSON.stringify(jobs.find((job) => !isOver(job)))}`);
      await Bun.sleep(50);
    }
  }

  /** What must hold when every job has ended. */
  async check(): Promise<Status[]> {
    const jobs = await this.settle();
    await checkWorkers(this.#server, this.#patienceMs);
    for (const job of jobs) await this.#checkFiles(job);
    await this.#checkFolders(jobs);
    assert.deepEqual(await this.client.json('/api/health'), { status: 'ok', version: '2.1' });
    return jobs;
  }

  async #checkFolders(jobs: readonly Status[]): Promise<void> {
    const completed = jobs.filter((job) => job.status === 'completed').map((job) => job.job_id);
    const folder = join(this.#server.dataDir, 'jobs');
    const areRight = () => new Set(readdirSync(folder)).symmetricDifference(new Set(completed)).size === 0;
    await until('the folders are those of the completed jobs', areRight, this.#patienceMs);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      files.filter((name) => /\.tmp$|\/inputs|\/temp/.test(name)),
      [],
      'temporary files are left',
    );
  }

  /** A completed job serves its own, whole model; any other serves nothing. */
  async #checkFiles(job: Status): Promise<void> {
    const path = `/files/${job.job_id}/chaos.glb`;
    const response = await this.client.fetch(path);
    const body = await response.text();
    if (job.status === 'completed') {
      assert.equal(response.status, 200, `${path}: ${body.slice(0, 200)}`);
      assert.ok(body === modelOf(job.job_id), `${path}: ${body.length} bytes that begin with ${body.slice(0, 36)}`);
      const { request, foundLitter } = await this.client.json<Report>(`/files/${job.job_id}/report.json`);
      assert.equal(request.jobId, job.job_id, 'a job serves the report of another one');
      assert.equal(foundLitter, false, 'a job found files of another one in the folder of its process');
    } else {
      assert.equal(response.status, 404, `${path} of a failed job is served`);
    }
  }
}

/** What the worker of these tests reports. */
interface Report {
  request: { jobId: string };
  foundLitter: boolean;
}

export function bodyOf(behaviour: Behaviour): { images: { front: string }; options: { seed: number } } {
  return { images: { front: FRONT }, options: { seed: BEHAVIOURS.indexOf(behaviour) } };
}

export function isOver({ status }: Status): boolean {
  return status === 'completed' || status === 'failed';
}
