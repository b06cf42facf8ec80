/** `hy3d bench speed --standby`: how soon small jobs start, and how long many of them take, in each mode of workers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ViewName } from '../protocol/views.ts';
import { type FollowedJob, startBenchServer } from './bench-server.ts';
import { median } from './percentile.ts';

const JOBS = 20;
/** A job whose own work is short, so that what a process costs shows. */
const SMALL_JOB = { should_texture: false, face_count: 500, octree_resolution: 32 };
const MODES = [
  { name: 'a fresh process per job', flags: [] },
  { name: 'standby 1', flags: ['--standby', '1'] },
  { name: `${JOBS} jobs per process`, flags: ['--max-jobs-per-worker', String(JOBS)] },
  { name: 'standby 1, 20 jobs per process', flags: ['--standby', '1', '--max-jobs-per-worker', String(JOBS)] },
];
/** Time for a worker that was started ahead to load its modules. */
const SETTLE_MS = 3000;

/** Runs `JOBS` small jobs in a row on one slot in each mode and prints the times. */
export async function benchStandby(images: Partial<Record<ViewName, string>>): Promise<void> {
  console.log(`${JOBS} small jobs in a row on one CPU slot; seconds, from POST\n`);
  console.log(`${''.padEnd(34)}to the first stage               all jobs   workers,`);
  console.log(`${''.padEnd(34)}first job    median    slowest              idle MB`);
  for (const { name, flags } of MODES) {
    const dataDir = mkdtempSync(join(tmpdir(), 'hy3d-bench-'));
    const server = await startBenchServer(['--data', dataDir, '--cpu-slots', '1', ...flags]);
    try {
      await Bun.sleep(SETTLE_MS);
      const jobs: FollowedJob[] = [];
      for (let i = 0; i < JOBS; i++) jobs.push(await server.followJob(images, SMALL_JOB));
      await Bun.sleep(SETTLE_MS);
      const starts = jobs.map((job) => job.toFirstStage);
      const total = jobs.reduce((sum, job) => sum + job.toEnd, 0);
      const times = [starts[0] ?? 0, median(starts), Math.max(...starts), total];
      const cells = times.map((seconds) => seconds.toFixed(3).padStart(9)).join(' ');
      console.log(`${name.padEnd(34)}${cells} ${(server.workersRssBytes() / 2 ** 20).toFixed(0).padStart(9)}`);
    } finally {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}
