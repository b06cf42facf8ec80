import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Point, slopeOf } from '../../src/bench/slope.ts';
import { ApiClient, type Status } from '../helpers/api-client.ts';
import { until } from '../helpers/processes.ts';
import { ChaosServer } from './chaos-server.ts';
import { checkWorkers } from './check-workers.ts';
import { bodyOf } from './ledger.ts';
import type { Scenario } from './scenario.ts';

const KEPT_JOBS = 20;
const BATCH = 10;
/** Jobs until caches are filled and code is compiled. */
const WARM_UP = 300;
const SAMPLE_EACH = 100;
/** Measured: 2 KB per job; 18 KB where no job is ever forgotten. */
const MAX_SLOPE_BYTES = 8 * 1024;

/** Many small jobs on a server that keeps few: its memory and its folder stay as they are. */
export const watchMemory: Scenario = async ({ form, mode }) => {
  await using server = await ChaosServer.start({ mode, env: { HY3D_KEEP_JOBS: String(KEPT_JOBS) } });
  const client = new ApiClient(server.url);
  const jobs = form === 'short' ? 40 : WARM_UP + 600;
  const samples: Point[] = [];
  for (let done = 0; done < jobs; done += BATCH) {
    const ids = await Promise.all(Array.from({ length: BATCH }, () => client.generate(bodyOf('quick'))));
    const streams = await Promise.all(ids.map((id) => client.events(id)));
    for (const events of streams) assert.equal(events.at(-1)?.status.status, 'completed');
    if (done >= WARM_UP && done % SAMPLE_EACH === 0) samples.push({ x: done, y: await server.memoryBytes() });
  }
  const { jobs: kept } = await client.json<{ jobs: Status[] }>('/api/jobs');
  assert.equal(kept.length, KEPT_JOBS);
  await until('the files of expired jobs are gone', () => {
    return readdirSync(join(server.dataDir, 'jobs')).length === KEPT_JOBS;
  });
  await checkWorkers(server);
  const megabytes = Math.round((await server.memoryBytes()) / 1024 ** 2);
  await server.stop();
  // Too few jobs tell nothing of a slope.
  if (form === 'short') return { jobs, megabytes };
  const slope = slopeOf(samples);
  assert.ok(slope < MAX_SLOPE_BYTES, `memory grows by ${Math.round(slope)} bytes per job`);
  return { jobs, megabytes, slopeBytesPerJob: Math.round(slope) };
};
