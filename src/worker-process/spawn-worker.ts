import { programDir, WORKER_COMMAND } from '../program-files.ts';
import type { Device, WorkerRequest } from '../protocol/messages.ts';
import { encodeLine } from '../protocol/ndjson.ts';
import { workerEnvironment } from './worker-environment.ts';

/** How a process ended: a code, or the signal that killed it. */
export interface ProcessExit {
  exitCode: number | null;
  signal: string | null;
}

/** A running worker process. */
export interface WorkerProcess {
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Writes a request line and leaves stdin open; a worker that is gone already is told by `exited`. */
  send(request: WorkerRequest): void;
  /** Does nothing once the process is gone, so that it cannot hit another one. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Closes stdin, which tells the worker to end if it still runs. */
  closeStdin(): void;
}

/**
 * Starts a worker on a device.
 * @param workDir existing folder of its own, the job's where it takes only one; the worker's current folder
 * @param tempDir existing folder for its temporary files
 * @throws when the program cannot be started
 */
export type SpawnWorker = (device: Device, workDir: string, tempDir: string) => WorkerProcess;

export interface SpawnWorkerOptions {
  /** Program and arguments; by default the pipeline of this program. */
  command?: readonly string[] | undefined;
  /** Environment of the server, of which a worker gets the part that it needs. */
  env: Readonly<Record<string, string | undefined>>;
}

/** Makes the function that starts worker processes. */
export function createSpawnWorker({ command = WORKER_COMMAND, env }: SpawnWorkerOptions): SpawnWorker {
  // An executable that cannot unpack its libraries says so here, not as the end of its first worker.
  programDir();
  return (device, workDir, tempDir) => {
    const child = Bun.spawn([...command], {
      // Not the server's: Bun would load a .env file from there.
      cwd: workDir,
      env: workerEnvironment(device, tempDir, env),
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      // A session of its own: Ctrl-C on the server's terminal must not kill jobs that may finish within the grace.
      detached: true,
    });
    return {
      pid: child.pid,
      stdout: child.stdout,
      stderr: child.stderr,
      exited: child.exited.then(() => ({
        exitCode: child.exitCode,
        signal: child.signalCode === null ? null : String(child.signalCode),
      })),
      send(request) {
        const line = encodeLine(request);
        ignoreBrokenPipe(() => {
          child.stdin.write(line);
          return child.stdin.flush();
        });
      },
      kill(signal) {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      },
      closeStdin() {
        ignoreBrokenPipe(() => child.stdin.end());
      },
    };
  };
}

/** A write to a worker that just died fails, at once or later; how it died is told by its exit. */
function ignoreBrokenPipe(write: () => number | undefined | Promise<number | undefined>): void {
  try {
    const written = write();
    if (written instanceof Promise) written.catch(() => {});
  } catch {
    // As above.
  }
}
