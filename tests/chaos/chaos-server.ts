import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, until } from '../helpers/processes.ts';

/** Graces that the server is started with. */
export const SHUTDOWN_GRACE_MS = 1_000;
export const CANCEL_GRACE_MS = 300;
/** Jobs that may wait: more than any test sends. */
const MAX_QUEUE = 2_000;
export const MAX_BODY_BYTES = 256 * 1024;

type ServerProcess = Bun.Subprocess<'ignore', 'pipe', Bun.BunFile>;

/** The server in a process of its own, that can be killed. */
export class ChaosServer implements AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly #process: ServerProcess;
  readonly #logPath: string;

  private constructor(process: ServerProcess, url: string, dataDir: string, logPath: string) {
    this.#process = process;
    this.url = url;
    this.dataDir = dataDir;
    this.#logPath = logPath;
  }

  /** @param dataDir removed in the end, with its content */
  static async start(dataDir = makeDataDir(), env: Record<string, string> = {}): Promise<ChaosServer> {
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
        ...env,
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: Bun.file(logPath),
    });
    for await (const chunk of child.stdout) {
      return new ChaosServer(child, new TextDecoder().decode(chunk).trim(), dataDir, logPath);
    }
    throw new Error(`the server did not start: ${readFileSync(logPath, 'utf8')}`);
  }

  /** Worker processes that run in the data folder, whoever their parent is by now. */
  workerPids(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && currentFolderOf(name).startsWith(`${this.dataDir}/`))
      .map(Number)
      .filter(isRunning);
  }

  memoryBytes(): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
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

/** Empty for a process that is gone or not ours. */
function currentFolderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
