/** `bun run test:chaos [--seed number] [part of a title]...`: the long form, at most ten minutes. */
import { parseArgs } from 'node:util';
import { createRandom } from './random.ts';
import { CAN_RUN, planScenarios } from './scenarios.ts';

const MAX_MS = 10 * 60_000;

const { values, positionals } = parseArgs({ options: { seed: { type: 'string' } }, allowPositionals: true });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
if (!Number.isSafeInteger(seed)) throw new Error(`--seed: expected a whole number, got ${values.seed}`);
if (!CAN_RUN) {
  console.log('skipped: processes are looked up in /proc, which only Linux has');
  process.exit(0);
}
console.log(`seed ${seed}`);
// Servers that are left notice nothing of it, so this is for a hang that nobody waits for.
setTimeout(() => {
  console.error(`not done after ${MAX_MS / 60_000} minutes`);
  process.exit(1);
}, MAX_MS).unref();

let failures = 0;
for (const { title, mode, run } of planScenarios(seed, 'long')) {
  if (!positionals.every((part) => title.includes(part))) continue;
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  try {
    const findings = await run({ random: createRandom(seed), form: 'long', mode });
    console.log(`ok    ${title} (${seconds()}) ${JSON.stringify(findings)}`);
  } catch (error) {
    failures += 1;
    console.error(`FAIL  ${title} (${seconds()}), seed ${seed}:`, error);
  }
}
process.exit(failures === 0 ? 0 : 1);
