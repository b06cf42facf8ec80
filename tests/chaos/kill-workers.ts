import assert from 'node:assert/strict';
import type { Behaviour } from './behaviours.ts';
import { ChaosServer } from './chaos-server.ts';
import { Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { DEVICES } from './worker-modes.ts';

/** Few of them fail: three deaths in a row quarantine a device, and everything would wait for that. */
const BEHAVIOURS: readonly Behaviour[] = ['slow', 'slow', 'slow', 'quick', 'quick', 'quick', 'quick', 'crash'];
const MAX_KILLED_PART = 6;
/** About the time from a post to the moment at which a waiting worker gets its job. */
const HANDOVER_MS = 10;

/** SIGKILL for workers at random moments, busy or waiting: each costs at most its own job and no other one. */
export const killWorkers: Scenario = async ({ random, form, mode }) => {
  await using server = await ChaosServer.start({ mode });
  const ledger = new Ledger(server);
  const jobs = form === 'short' ? 16 : 80;
  for (let nth = 0; nth < jobs; nth += 1) await ledger.post(random.pick(BEHAVIOURS));
  let kills = 0;
  const settled = ledger.settle();
  let isSettled = false;
  settled.finally(() => (isSettled = true)).catch(() => {});
  while (!isSettled) {
    await Bun.sleep(50 + random.below(300));
    if (kills < jobs / MAX_KILLED_PART && killOne(server.workerPids(), random)) kills += 1;
  }
  await settled;
  const handovers = mode.mayWait === 0 ? 0 : form === 'short' ? 4 : 30;
  for (let nth = 0; nth < handovers; nth += 1) {
    // No job runs, so all of them wait.
    const waiting = server.workerPids();
    const posts = Array.from({ length: DEVICES }, () => ledger.post('quick'));
    await Bun.sleep(random.below(HANDOVER_MS));
    if (killOne(waiting, random)) kills += 1;
    await Promise.all(posts);
    await ledger.settle();
  }

  const ends = await ledger.check();
  const killed = ends.filter((job) => job.error_code === 'worker.out_of_memory').length;
  const causes = new Set(ends.map((job) => job.error_code ?? 'none'));
  // A kill may come after the result of its job, which then counts, or before there is one.
  assert.ok(killed <= kills, `${killed} jobs were lost to ${kills} kills`);
  for (const cause of causes) assert.ok(['none', 'worker.out_of_memory', 'worker.exited'].includes(cause), cause);
  return { jobs: ends.length, kills, completed: ends.filter((job) => job.status === 'completed').length, killed };
};

/** @returns whether there was one, and it still ran */
function killOne(pids: readonly number[], random: Random): boolean {
  if (pids.length === 0) return false;
  try {
    return process.kill(random.pick(pids), 'SIGKILL');
  } catch {
    return false;
  }
}
