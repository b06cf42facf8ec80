import assert from 'node:assert/strict';
import type { Behaviour } from './behaviours.ts';
import { ChaosServer } from './chaos-server.ts';
import { Ledger } from './ledger.ts';
import type { Scenario } from './scenario.ts';

/** Few of them fail: three deaths in a row quarantine a device, and everything would wait for that. */
const BEHAVIOURS: readonly Behaviour[] = ['slow', 'slow', 'slow', 'quick', 'quick', 'quick', 'quick', 'crash'];
const MAX_KILLED_PART = 6;

/** SIGKILL for workers at random moments: each costs its own job and no other one. */
export const killWorkers: Scenario = async ({ random, form }) => {
  await using server = await ChaosServer.start();
  const ledger = new Ledger(server);
  const jobs = form === 'short' ? 16 : 80;
  for (let nth = 0; nth < jobs; nth += 1) await ledger.post(random.pick(BEHAVIOURS));
  let kills = 0;
  const settled = ledger.settle();
  let isSettled = false;
  settled.finally(() => (isSettled = true)).catch(() => {});
  while (!isSettled) {
    await Bun.sleep(50 + random.below(300));
    const [victim] = server.workerPids();
    if (victim === undefined || kills >= jobs / MAX_KILLED_PART) continue;
    process.kill(victim, 'SIGKILL');
    kills += 1;
  }
  await settled;
  const ends = await ledger.check();
  const killed = ends.filter((job) => job.error_code === 'worker.out_of_memory').length;
  const causes = new Set(ends.map((job) => job.error_code ?? 'none'));
  // A kill may come after the result of its job, which then counts.
  assert.ok(killed <= kills, `${killed} jobs were lost to ${kills} kills`);
  for (const cause of causes) assert.ok(['none', 'worker.out_of_memory', 'worker.exited'].includes(cause), cause);
  return { jobs, kills, completed: ends.filter((job) => job.status === 'completed').length, killed };
};
