import assert from 'node:assert/strict';
import type { Status } from '../helpers/api-client.ts';
import { until } from '../helpers/processes.ts';
import type { Behaviour } from './behaviours.ts';
import { CANCEL_GRACE_MS, ChaosServer, SHUTDOWN_GRACE_MS } from './chaos-server.ts';
import { Ledger } from './ledger.ts';
import type { Scenario } from './scenario.ts';

/** What closing connections may take, and a machine that is busy with other things. */
const SLACK_MS = 10_000;

/** A server that is asked to stop while workers do not care and clients hold on: it ends within its graces. */
export const stopServer: Scenario = async ({ random, form, mode }) => {
  const rounds = form === 'short' ? 2 : 10;
  let longestMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    await using server = await ChaosServer.start({ mode });
    const ledger = new Ledger(server);
    const behaviours: Behaviour[] = ['ignore-sigterm', 'hang', 'slow', random.pick(['slow', 'quick', 'hang']), 'quick'];
    for (const behaviour of behaviours) await ledger.post(behaviour);
    const streams = ledger.ids().map((id) => ledger.client.events(id));
    await until('workers run', async () => {
      const { jobs } = await ledger.client.json<{ jobs: Status[] }>('/api/jobs');
      return jobs.filter(({ status }) => status === 'processing').length >= 2;
    });
    await Bun.sleep(random.below(300));
    const [tookMs, ...ends] = await Promise.all([server.stop(), ...streams]);
    longestMs = Math.max(longestMs, tookMs);
    const allowedMs = SHUTDOWN_GRACE_MS + CANCEL_GRACE_MS + SLACK_MS;
    assert.ok(tookMs < allowedMs, `stopping took ${Math.round(tookMs)} ms`);
    for (const events of ends) {
      const last = events.at(-1)?.status;
      assert.ok(last?.status === 'completed' || last?.error_code === 'server_shutdown', JSON.stringify(last));
    }
  }
  return { rounds, longestMs: Math.round(longestMs) };
};
