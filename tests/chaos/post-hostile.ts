import assert from 'node:assert/strict';
import { ChaosServer } from './chaos-server.ts';
import { makeUpRequest } from './hostile-request.ts';
import { Ledger } from './ledger.ts';
import type { Scenario } from './scenario.ts';

const AT_A_TIME = 10;

/** Good and hostile posts in random order: each gets the answer that it should, and only the good ones make jobs. */
export const postHostile: Scenario = async ({ random, form, mode }) => {
  await using server = await ChaosServer.start({ mode });
  const ledger = new Ledger(server);
  const posts = form === 'short' ? 120 : 500;
  const made = Array.from({ length: posts }, () => makeUpRequest(random));
  for (let start = 0; start < posts; start += AT_A_TIME) {
    await Promise.all(
      made.slice(start, start + AT_A_TIME).map(async ({ kind, body, headers, statuses }) => {
        const init = { method: 'POST', body, headers: headers ?? { 'content-type': 'application/json' } };
        const response = await ledger.client.fetch('/api/generate', init);
        const text = await response.text();
        assert.ok(statuses.includes(response.status), `${kind} got ${response.status}: ${text.slice(0, 300)}`);
        const answer = JSON.parse(text);
        if (response.status === 200) ledger.accept(answer.job_id);
        else assert.deepEqual(Object.keys(answer), ['detail'], text.slice(0, 300));
      }),
    );
  }
  const ends = await ledger.check();
  await server.stop();
  return { posts, jobs: ends.length, refused: posts - ends.length };
};
