/**
 * `hy3d bench memory`: what the server's memory does over many finished jobs, with the history of jobs that it keeps by
 * default and with one that forgets nothing. The workers are stand-ins, so that only the server is measured.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { SETTINGS } from '../config.ts';
import { programFile } from '../program-files.ts';
import type { MemoryUse } from './settled-memory.ts';
import { slopeOf } from './slope.ts';

/** Jobs that are posted together and then followed to their ends. */
const BATCH = 10;
const MEASUREMENTS = 4;
/** Keeps every job of a run. */
const KEEP_ALL = '100000';

interface MemoryFlags {
  jobs: string;
}

interface Sample extends MemoryUse {
  jobs: number;
}

interface MemoryServer extends AsyncDisposable {
  url: string;
  measure(): Promise<MemoryUse>;
}

export function register(bench: Command): void {
  bench
    .command('memory')
    .description('memory of the server over many finished jobs, with stand-in workers')
    .option('--jobs <n>', 'finished jobs', '1000')
    .action(async ({ jobs }: MemoryFlags) => {
      const kept = SETTINGS.keepJobs.default ?? KEEP_ALL;
      await report(`the last ${kept} jobs are kept (the default)`, kept, Number(jobs));
      await report('all jobs are kept', KEEP_ALL, Number(jobs));
    });
}

async function report(title: string, keepJobs: string, jobs: number): Promise<void> {
  console.log(`${title}\n${'jobs'.padStart(8)}${'resident MB'.padStart(14)}${'heap MB'.padStart(10)}`);
  const samples = await sampleRun(keepJobs, jobs);
  console.log(`per 1,000 jobs: ${slopesOf(samples)}`);
  console.log(`without the first ${samples[1]?.jobs}: ${slopesOf(samples.slice(1))}\n`);
}

function slopesOf(samples: readonly Sample[]): string {
  const slopeBy = (key: keyof MemoryUse) =>
    slopeOf(samples.map((sample) => ({ x: sample.jobs / 1000, y: sample[key] / 2 ** 20 }))).toFixed(1);
  return `${slopeBy('rssBytes')} MB resident, ${slopeBy('heapBytes')} MB of heap`;
}

/** At the start and after each equal part of the jobs. */
async function sampleRun(keepJobs: string, jobs: number): Promise<Sample[]> {
  await using server = await startMemoryServer(keepJobs);
  const samples: Sample[] = [];
  const sample = async (done: number): Promise<void> => {
    const use = { jobs: done, ...(await server.measure()) };
    const [rss, heap] = [use.rssBytes, use.heapBytes].map((bytes) => (bytes / 2 ** 20).toFixed(1));
    console.log(`${String(done).padStart(8)}${rss?.padStart(14)}${heap?.padStart(10)}`);
    samples.push(use);
  };
  await sample(0);
  const body = makeBody();
  for (let part = 1, done = 0; part <= MEASUREMENTS; part += 1) {
    for (const end = Math.round((jobs * part) / MEASUREMENTS); done < end; ) {
      const size = Math.min(BATCH, end - done);
      await Promise.all(Array.from({ length: size }, () => finishJob(server.url, body)));
      done += size;
    }
    await sample(done);
  }
  return samples;
}

/** Posts a job and follows it to its end, as the web page does. */
async function finishJob(url: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/generate`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`POST /api/generate answered ${answer.status}: ${await answer.text()}`);
  const { job_id: id } = z.object({ job_id: z.string() }).parse(await answer.json());
  const events = await (await fetch(`${url}/api/events?job_id=${id}`)).text();
  if (!events.includes('"status":"completed"')) throw new Error(`a job did not complete: ${events.slice(-1000)}`);
}

function makeBody(): string {
  const front = readFileSync(programFile('src/web/examples/robot/front.png')).toString('base64');
  return JSON.stringify({ images: { front } });
}

async function startMemoryServer(keepJobs: string): Promise<MemoryServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hy3d-bench-memory-'));
  const messages: Array<(message: unknown) => void> = [];
  const nextMessage = () => new Promise<unknown>((resolve) => messages.push(resolve));
  const first = nextMessage();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'memory-server.ts')], {
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HY3D_'))),
      HY3D_PORT: '0',
      HY3D_GPUS: 'none',
      HY3D_DATA: dataDir,
      HY3D_LOG_LEVEL: 'warn',
      HY3D_KEEP_JOBS: keepJobs,
    },
    stdout: 'inherit',
    stderr: 'inherit',
    ipc: (message) => messages.shift()?.(message),
    serialization: 'json',
  });
  const failed = child.exited.then((code) => {
    throw new Error(`the server ended with ${code}`);
  });
  failed.catch(() => {});
  const url = z.string().parse(await Promise.race([first, failed]));
  return {
    url,
    async measure() {
      const answer = nextMessage();
      child.send('measure');
      return z.object({ rssBytes: z.number(), heapBytes: z.number() }).parse(await Promise.race([answer, failed]));
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await child.exited;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
