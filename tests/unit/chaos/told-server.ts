import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { modelOf } from '../../chaos/behaviours.ts';
import type { ServerWithWorkers } from '../../chaos/check-workers.ts';
import { processesIn } from '../../chaos/processes-in.ts';
import type { WorkerMode } from '../../chaos/worker-modes.ts';
import type { Status } from '../../helpers/api-client.ts';

/** A server that answers what it is told, and a data folder to go with it; `using` ends both. */
export class ToldServer implements ServerWithWorkers, Disposable {
  jobs: Status[] = [];
  health: object = { status: 'ok', version: '2.1' };
  /** Bodies by path. */
  readonly files = new Map<string, string>();
  knownWorkers = 0;
  readonly mode: WorkerMode;
  readonly dataDir = mkdtempSync(join(tmpdir(), 'hy3d-told-'));
  readonly #server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: (request) => this.#answer(request) });

  constructor(mayWait = 0) {
    this.mode = { name: 'told', env: {}, mayWait };
    mkdirSync(join(this.dataDir, 'jobs'));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  workerPids(): number[] {
    return processesIn(this.dataDir);
  }

  /** A job that did everything right. */
  complete(id: string): Status {
    const job = statusOf(id, { status: 'completed', progress: 100 });
    this.jobs.push(job);
    this.files.set(`/files/${id}/chaos.glb`, modelOf(id));
    this.files.set(`/files/${id}/report.json`, JSON.stringify({ request: { jobId: id }, foundLitter: false }));
    this.leave(`jobs/${id}/output/chaos.glb`);
    return job;
  }

  /** A file in the data folder. */
  leave(path: string): void {
    mkdirSync(dirname(join(this.dataDir, path)), { recursive: true });
    writeFileSync(join(this.dataDir, path), 'left');
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  #answer({ url }: Request): Response {
    const { pathname } = new URL(url);
    if (pathname === '/api/jobs') return Response.json({ jobs: this.jobs });
    if (pathname === '/api/health') return Response.json(this.health);
    if (pathname === '/metrics') {
      const name = 'hy3d_worker_processes';
      return new Response(`# HELP ${name} Workers.\n# TYPE ${name} gauge\n${name} ${this.knownWorkers}\n`);
    }
    const body = this.files.get(pathname);
    if (body === undefined) return Response.json({ detail: 'no such file' }, { status: 404 });
    const type = pathname.endsWith('.json') ? 'application/json' : 'model/gltf-binary';
    return new Response(body, { headers: { 'content-type': type } });
  }
}

export function statusOf(id: string, parts: Partial<Status> = {}): Status {
  return { job_id: id, status: 'queued', progress: 0, created_at: '', timings: {}, ...parts };
}
