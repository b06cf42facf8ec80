import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { ViewName } from '../protocol/views.ts';

const MAIN = resolve(import.meta.dir, '../main.ts');
const READY_URL = /ready at (http:\/\/\S+)/;
const POLL_INTERVAL_MS = 25;

const StatusSchema = z.object({
  status: z.enum(['queued', 'processing', 'completed', 'failed']),
  error: z.string().optional(),
  timings: z.record(z.string(), z.number()).optional(),
});
type Status = z.infer<typeof StatusSchema>;

export interface FinishedJob {
  /** From sending the request to the first status that says completed. */
  seconds: number;
  /** Seconds per stage. */
  timings: Record<string, number>;
  /** Largest resident set of any process that the server started meanwhile. */
  workerPeakBytes: number;
}

/** Seconds from sending the request. */
export interface FollowedJob {
  toFirstStage: number;
  toEnd: number;
}

type Images = Partial<Record<ViewName, string>>;

export interface BenchServer {
  /** Origin of the server. */
  readonly base: string;
  post(images: Images, options: Record<string, unknown>): Promise<string>;
  status(id: string): Promise<Status>;
  runJob(images: Images, options: Record<string, unknown>): Promise<FinishedJob>;
  /** Runs a job and follows its events. */
  followJob(images: Images, options: Record<string, unknown>): Promise<FollowedJob>;
  /** Resolves when so many lines of the log contain a text; the log's level is that of the server's flags. */
  logLine(text: string, count?: number): Promise<void>;
  /** Resident sets of the processes that the server has started, all together. */
  workersRssBytes(): number;
  /** Resident set of the server process now. */
  rssBytes(): number;
  stop(): Promise<void>;
}

/** Starts `hy3d serve` on a free loopback port and waits until it is ready. */
export async function startBenchServer(args: readonly string[]): Promise<BenchServer> {
  const server = Bun.spawn([process.execPath, MAIN, 'serve', '--port', '0', '--log-level', 'error', ...args], {
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const log = followLog(server.stderr);
  const base = await readReadyUrl(server.stdout);

  const post = async (images: Images, options: Record<string, unknown>): Promise<string> => {
    const response = await fetch(`${base}/api/generate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ images, options }),
    });
    if (!response.ok) throw new Error(`POST /api/generate answered ${response.status}: ${await response.text()}`);
    return z.object({ job_id: z.string() }).parse(await response.json()).job_id;
  };
  const status = async (id: string): Promise<Status> => {
    const response = await fetch(`${base}/api/status?job_id=${id}`);
    return StatusSchema.parse(await response.json());
  };

  return {
    base,
    post,
    status,
    async runJob(images, options) {
      const startedAt = performance.now();
      const id = await post(images, options);
      let workerPeakBytes = 0;
      for (;;) {
        const { status: state, error, timings } = await status(id);
        for (const pid of childrenOf(server.pid)) workerPeakBytes = Math.max(workerPeakBytes, procBytes(pid, 'VmHWM'));
        if (state === 'failed') throw new Error(`the job failed: ${error}`);
        if (state === 'completed') {
          return { seconds: secondsSince(startedAt), timings: timings ?? {}, workerPeakBytes };
        }
        await Bun.sleep(POLL_INTERVAL_MS);
      }
    },
    async followJob(images, options) {
      const startedAt = performance.now();
      const id = await post(images, options);
      const { body } = await fetch(`${base}/api/events?job_id=${id}`);
      if (body === null) throw new Error('the stream of events has no body');
      const decoder = new TextDecoder();
      let text = '';
      let toFirstStage: number | undefined;
      for await (const chunk of body) {
        text += decoder.decode(chunk, { stream: true });
        if (toFirstStage === undefined && text.includes('event: stage')) toFirstStage = secondsSince(startedAt);
      }
      const { status: state, error } = await status(id);
      if (state !== 'completed' || toFirstStage === undefined) throw new Error(`the job failed: ${error}`);
      return { toFirstStage, toEnd: secondsSince(startedAt) };
    },
    ...log,
    workersRssBytes: () => childrenOf(server.pid).reduce((sum, pid) => sum + procBytes(pid, 'VmRSS'), 0),
    rssBytes: () => procBytes(server.pid, 'VmRSS'),
    async stop() {
      server.kill('SIGTERM');
      await server.exited;
    },
  };
}

/** Reads the log of a server to its end, and repeats on stderr what is not an ordinary line. */
function followLog(stderr: ReadableStream<Uint8Array>): Pick<BenchServer, 'logLine'> {
  const lines: string[] = [];
  let heard = Promise.withResolvers<void>();
  let hasEnded = false;
  void (async () => {
    for await (const line of createInterface({ input: Readable.fromWeb(stderr) })) {
      if (!/^\{"level":[1-4]0,/.test(line)) console.error(line);
      lines.push(line);
      heard.resolve();
      heard = Promise.withResolvers();
    }
    hasEnded = true;
    heard.resolve();
  })();
  return {
    async logLine(text, count = 1) {
      while (lines.filter((line) => line.includes(text)).length < count) {
        if (hasEnded) throw new Error(`the server ended before its log had "${text}" ${count} times`);
        await heard.promise;
      }
    },
  };
}

async function readReadyUrl(stdout: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true });
    const url = READY_URL.exec(text)?.[1];
    if (url) return url;
  }
  throw new Error(`the server ended before it was ready: ${text}`);
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

/** A memory figure of a process from /proc, in bytes; 0 for a process that is gone. */
function procBytes(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  try {
    const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
