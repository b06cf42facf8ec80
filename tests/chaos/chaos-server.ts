import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../helpers/processes.ts';
import { processesIn } from './processes-in.ts';
import type { WorkerMode } from './worker-modes.ts';

/** Graces that the server is started with. */
export const SHUTDOWN_GRACE_MS = 1_000;
export const CANCEL_GRACE_MS = 300;
/** Jobs that may wait: more than any test sends. */
const MAX_QUEUE = 2_000;
export const MAX_BODY_BYTES = 256 * 1024;

export interface ChaosServerOptions {
  mode: WorkerMode;
  /** Removed in the end, with its content. */
  dataDir?: string;
  /** Further settings. */
  env?: Record<string, string>;
}

type ServerProcess = Bun.Subprocess<'ignore', 'pipe', Bun.BunFile>;

/** The server in a process of its own, that can be killed. */
export class ChaosServer implements AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly mode: WorkerMode;
  readonly #process: ServerProcess;
  readonly #logPath: string;
  readonly #memoryAsked: Array<(bytes: number) => void>;

  private constructor(
    { mode }: ChaosServerOptions,
    dataDir: string,
    process: ServerProcess,
    url: string,
    logPath: string,
    memoryAsked: Array<(bytes: number) => void>,
  ) {
    this.url = url;
    this.mode = mode;
    this.dataDir = dataDir;
    this.#process = process;
    this.#logPath = logPath;
    this.#memoryAsked = memoryAsked;
  }

  static async start(options: ChaosServerOptions): Promise<ChaosServer> {
    const { mode, dataDir = makeDataDir(), env = {} } = options;
    const memoryAsked: Array<(bytes: number) => void> = [];
    // Elsewhere, for the disk of the data may be full.
    const logPath = join(tmpdir(), `hy3d-chaos-${crypto.randomUUID()}.log`);
    const child = Bun.spawn([process.execPath, join(import.meta.dir, 'server.ts')], {
      env: {
        ...process.env,
        HY3D_PORT: '0',
        HY3D_GPUS: 'none',
        HY3D_DATA: dataDir,
        HY3D_LOG_LEVEL: 'warn',
        HY3D_MAX_QUEUE: String(MAX_QUEUE),
        HY3D_MAX_BODY: String(MAX_BODY_BYTES),
        HY3D_KEEP_JOBS: '10000',
        HY3D_SHUTDOWN_GRACE: `${SHUTDOWN_GRACE_MS}ms`,
        HY3D_CANCEL_GRACE: `${CANCEL_GRACE_MS}ms`,
        ...mode.env,
        ...env,
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: Bun.file(logPath),
      ipc: (bytes) => memoryAsked.shift()?.(bytes),
      serialization: 'json',
    });
    for await (const chunk of child.stdout) {
      const url = new TextDecoder().decode(chunk).trim();
      return new ChaosServer(options, dataDir, child, url, logPath, memoryAsked);
    }
    throw new Error(`the server did not start: ${readFileSync(logPath, 'utf8')}`);
  }

  /** Worker processes, those of former servers too. */
  workerPids(): number[] {
    return processesIn(this.dataDir);
  }

  /** Resident set without garbage. */
  memoryBytes(): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#memoryAsked.push(resolve);
    this.#process.send('memory');
    return promise;
  }

  /** Ends it without a warning and leaves its data; its workers must notice by themselves. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process.exited;
    rmSync(this.#logPath, { force: true });
    await until('the workers of a killed server have ended', () => this.workerPids().length === 0);
  }

  /** Asks it to stop. @returns milliseconds that it took */
  async stop(): Promise<number> {
    const startedAt = performance.now();
    this.#process.kill('SIGTERM');
    assert.equal(await this.#process.exited, 0, `the server ended badly: ${this.log()}`);
    assert.deepEqual(this.workerPids(), [], 'a server that was stopped left workers');
    assert.deepEqual(workerFoldersIn(this.dataDir), [], 'a server that was stopped left folders of workers');
    return performance.now() - startedAt;
  }

  /** The end of what it wrote to stderr. */
  log(): string {
    return readFileSync(this.#logPath, 'utf8').slice(-4000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process.exited;
    for (const path of [this.dataDir, this.#logPath]) rmSync(path, { recursive: true, force: true });
  }
}

export function makeDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'hy3d-chaos-'));
}

/** Of the processes that wait for jobs, or take several. */
export function workerFoldersIn(dataDir: string): string[] {
  const folder = join(dataDir, 'workers');
  return existsSync(folder) ? readdirSync(folder) : [];
}
