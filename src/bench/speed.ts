/**
 * `hy3d bench speed`: times jobs through a server of its own, on loopback, and what the server costs meanwhile.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { STAGES } from '../protocol/stages.ts';
import { VIEW_NAMES, type ViewName } from '../protocol/views.ts';
import { type BenchServer, type FinishedJob, startBenchServer } from './bench-server.ts';
import { median, percentile } from './percentile.ts';
import { benchStandby } from './standby.ts';

const PROJECT_DIR = resolve(import.meta.dir, '../..');
const EXAMPLES_DIR = join(PROJECT_DIR, 'src/web/examples');
/** Pause between two calls, so that the client itself leaves the cores to the jobs. */
const POLL_INTERVAL_MS = 2;

interface SpeedFlags {
  example: string;
  runs: string;
  standby?: boolean;
}

interface Case {
  name: string;
  views: readonly ViewName[];
  options: Record<string, unknown>;
  targetSeconds: number;
}

const CASES: readonly Case[] = [
  { name: '1 picture, 1024 texture', views: ['front'], options: {}, targetSeconds: 6 },
  { name: '4 pictures, 1024 texture', views: VIEW_NAMES, options: {}, targetSeconds: 9 },
  {
    name: '4 pictures, 2048 texture, 100k faces',
    views: VIEW_NAMES,
    options: { texture_size: 2048, face_count: 100_000 },
    targetSeconds: 15,
  },
];

export function register(bench: Command): void {
  bench
    .command('speed')
    .description('time whole jobs, every stage, worker start, and the server while both cores are busy')
    .option('--example <name>', 'which bundled object', 'robot')
    .option('--runs <n>', 'runs of each case; the median counts', '5')
    .option('--standby', 'instead: how soon small jobs start, on fresh, waiting and reused workers')
    .action(async (flags: SpeedFlags) => {
      if (flags.standby) return benchStandby(readViews(flags.example, ['front']));
      process.exitCode = await runSpeed(flags.example, Number(flags.runs));
    });
}

async function runSpeed(example: string, runs: number): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hy3d-bench-'));
  const missed: string[] = [];
  const check = (what: string, value: number, limit: number, unit: string) => {
    console.log(
      `${what.padEnd(52)} ${value.toFixed(unit === 'MB' ? 0 : 2).padStart(9)} ${unit}  (target ${limit} ${unit})`,
    );
    if (value > limit) missed.push(what);
  };
  try {
    check('worker, spawn to hello, median', median(await timeHello(9)), 0.15, 's');

    const server = await startBenchServer(['--data', dataDir, '--cpu-slots', '1']);
    try {
      for (const { name, views, options, targetSeconds } of CASES) {
        const jobs: FinishedJob[] = [];
        for (let i = 0; i < runs; i++) jobs.push(await server.runJob(readViews(example, views), options));
        check(`${name}, POST to completed, median`, median(jobs.map((job) => job.seconds)), targetSeconds, 's');
        printStages(jobs);
        const peak = Math.max(...jobs.map((job) => job.workerPeakBytes));
        check(`${name}, memory peak of the worker`, peak / 2 ** 20, 1536, 'MB');
      }
      check('server memory after these jobs', server.rssBytes() / 2 ** 20, 120, 'MB');
    } finally {
      await server.stop();
    }
    const busy = await measureBusyServer(example, dataDir);
    check('GET /api/status while two jobs run, p99', percentile(busy.latenciesMs, 0.99), 10, 'ms');
    console.log(
      `${''.padEnd(4)}p50 ${percentile(busy.latenciesMs, 0.5).toFixed(2)} ms over ${busy.latenciesMs.length} calls`,
    );
    check('server memory while two jobs run', busy.rssBytes / 2 ** 20, 120, 'MB');
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
  console.log(missed.length === 0 ? '\nall targets met' : `\nmissed: ${missed.join('; ')}`);
  return missed.length === 0 ? 0 : 1;
}

function printStages(jobs: readonly FinishedJob[]): void {
  const cells = STAGES.map((stage) => `${stage} ${median(jobs.map((job) => job.timings[stage] ?? 0)).toFixed(2)}`);
  console.log(`    ${cells.join('  ')}`);
}

/** Two jobs on two slots keep both cores busy while the status is asked for again and again. */
async function measureBusyServer(
  example: string,
  dataDir: string,
): Promise<{ latenciesMs: number[]; rssBytes: number }> {
  const server: BenchServer = await startBenchServer(['--data', join(dataDir, 'busy'), '--cpu-slots', '2']);
  try {
    const images = readViews(example, VIEW_NAMES);
    const ids = [await server.post(images, {}), await server.post(images, {})];
    const latenciesMs: number[] = [];
    let rssBytes = 0;
    for (let i = 0; ; i++) {
      const startedAt = performance.now();
      const { status } = await server.status(ids[i % 2] ?? '');
      latenciesMs.push(performance.now() - startedAt);
      rssBytes = Math.max(rssBytes, server.rssBytes());
      if (status === 'completed' || status === 'failed') return { latenciesMs, rssBytes };
      await Bun.sleep(POLL_INTERVAL_MS);
    }
  } finally {
    await server.stop();
  }
}

/** Seconds from spawn to the first line of a bare worker. */
async function timeHello(runs: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let i = 0; i < runs; i++) {
    const startedAt = performance.now();
    const worker = Bun.spawn([process.execPath, join(PROJECT_DIR, 'workers/main.ts')], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'ignore',
    });
    const reader = worker.stdout.getReader();
    await reader.read();
    seconds.push((performance.now() - startedAt) / 1000);
    worker.stdin.end();
    await worker.exited;
  }
  return seconds;
}

function readViews(example: string, views: readonly ViewName[]): Partial<Record<ViewName, string>> {
  const known = readdirSync(EXAMPLES_DIR);
  if (!known.includes(example)) throw new Error(`expected one of ${known.join(', ')}, got ${example}`);
  return Object.fromEntries(
    views.map((view) => [view, readFileSync(join(EXAMPLES_DIR, example, `${view}.png`)).toString('base64')]),
  );
}
