/** The short form of `bun run test:chaos`. */
import { describe, setDefaultTimeout, test } from 'bun:test';
import { createRandom } from '../chaos/random.ts';
import { CAN_RUN, planScenarios } from '../chaos/scenarios.ts';

// Real servers and workers on a machine that may be busy with other things.
setDefaultTimeout(120_000);

const SEED = Math.floor(Math.random() * 2 ** 32);

describe.skipIf(!CAN_RUN)(`invariants hold when (seed ${SEED})`, () => {
  for (const { title, mode, run } of planScenarios(SEED, 'short')) {
    test(title, async () => {
      const findings = await run({ random: createRandom(SEED), form: 'short', mode });
      if ('skipped' in findings) console.log(`${title}: skipped, ${findings.skipped}`);
    });
  }
});
