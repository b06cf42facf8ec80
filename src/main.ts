#!/usr/bin/env bun
import { Command, CommanderError } from 'commander';
import { registerBench } from './cli/bench.ts';
import { registerDemo } from './cli/demo.ts';
import { registerDoctor } from './cli/doctor.ts';
import { exitCodeOf, explainFailure } from './cli/explain-failure.ts';
import { registerGenerate } from './cli/generate.ts';
import { registerHealth } from './cli/health.ts';
import { registerKeys } from './cli/keys.ts';
import { registerLicenses } from './cli/licenses.ts';
import { registerModels } from './cli/models.ts';
import { registerServe } from './cli/serve.ts';
import { registerUnpack } from './cli/unpack.ts';
import { registerWorker } from './cli/worker.ts';
import { VERSION } from './version.ts';

// Whoever reads the output may stop before its end, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const program = new Command('hy3d')
  .description('Pictures of an object in, a textured GLB out.')
  .version(VERSION)
  .showHelpAfterError('(--help shows all commands and flags)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  $ hy3d demo
  $ hy3d generate chair.png -o chair.glb
  $ hy3d serve --port 8080`,
  );

registerServe(program);
registerGenerate(program);
registerDemo(program);
registerModels(program);
registerDoctor(program);
registerKeys(program);
registerHealth(program);
registerUnpack(program);
registerLicenses(program);
await registerBench(program, process.argv.slice(2, 4).includes('bench'));
registerWorker(program);

try {
  await program.parseAsync();
} catch (error) {
  // Commander has written its own message already.
  if (!(error instanceof CommanderError)) console.error(`hy3d: ${explainFailure(error)}`);
  process.exitCode = exitCodeOf(error);
}
