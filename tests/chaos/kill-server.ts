import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ChaosServer, makeDataDir } from './chaos-server.ts';
import { Ledger } from './ledger.ts';
import type { Scenario } from './scenario.ts';

/** SIGKILL for the server at random moments: its workers end, and the next server starts clean on the same folder. */
export const killServer: Scenario = async ({ random, form, mode }) => {
  const rounds = form === 'short' ? 3 : 15;
  const dataDir = makeDataDir();
  let interrupted = 0;
  for (let round = 0; round < rounds; round += 1) {
    const server = await ChaosServer.start({ mode, dataDir });
    try {
      const ledger = new Ledger(server);
      for (let nth = 0; nth < 8; nth += 1) await ledger.post(random.pick(['slow', 'quick', 'hang', 'ignore-sigterm']));
      await Bun.sleep(random.below(500));
      interrupted += server.workerPids().length;
    } finally {
      await server.kill();
    }
  }
  await using server = await ChaosServer.start({ mode, dataDir });
  const ledger = new Ledger(server);
  await ledger.post('quick');
  const ends = await ledger.check();
  assert.deepEqual(readdirSync(join(dataDir, 'jobs')), [ends[0]?.job_id], 'folders of former servers are left');
  return { kills: rounds, interrupted };
};
