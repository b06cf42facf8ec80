/** The short form of `bun run test:chaos`. */
import { describe, setDefaultTimeout, test } from 'bun:test';
import { createRandom } from '../chaos/random.ts';
import { CAN_RUN, SCENARIOS } from '../chaos/scenarios.ts';
import { WORKER_MODES } from '../chaos/worker-modes.ts';

// Real servers and workers on a machine that may be busy with other things.
setDefaultTimeout(120_000);

const SEED = Math.floor(Math.random() * 2 ** 32);

describe.skipIf(!CAN_RUN)(`invariants hold when (seed ${SEED})`, () => {
  for (const [nth, [name, run]] of Object.entries(SCENARIOS).entries()) {
    // Another mode for each scenario and at each run.
    for (const mode of WORKER_MODES.filter((_, index) => index === (SEED + nth) % WORKER_MODES.length)) {
      test(`${name}, ${mode.name}`, async () => {
        const findings = await run({ random: createRandom(SEED), form: 'short', mode });
        if ('skipped' in findings) console.log(`${name}: skipped, ${findings.skipped}`);
      });
    }
  }
});
