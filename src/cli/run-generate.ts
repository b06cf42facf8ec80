import { stat } from 'node:fs/promises';
import { createLog } from '../log.ts';
import type { ResultFiles } from '../protocol/messages.ts';
import { readConfig } from './config-flags.ts';
import { readGenerateOptions } from './generate-flags.ts';
import { createProgressDisplay } from './progress-display.ts';
import { type LocalJob, runLocalJob } from './run-local-job.ts';

/** Runs `hy3d generate` and returns the exit code. */
export async function runGenerate(
  pictures: LocalJob['pictures'],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const outputs: LocalJob['outputs'] = { glb: String(flags.output) };
  for (const kind of ['preview', 'sheet', 'report'] as const satisfies ReadonlyArray<keyof ResultFiles>) {
    const path = flags[kind];
    if (typeof path === 'string') outputs[kind] = path;
  }
  await runWithProgress({ pictures, options: readGenerateOptions(flags), outputs }, flags);
  return 0;
}

/** Runs a job with its progress on stderr; Ctrl-C cancels it. Prints what was made unless `quiet`. */
export async function runWithProgress(job: LocalJob, flags: Readonly<Record<string, unknown>>): Promise<void> {
  const config = readConfig(flags, { logLevel: 'error' });
  const isQuiet = flags.quiet === true;
  const display = createProgressDisplay(isQuiet ? { write: () => {} } : process.stderr);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const startedAt = performance.now();
  try {
    const log = createLog(config.logLevel);
    const { summary } = await runLocalJob(job, { config, log, display, signal: interrupt.signal });
    if (isQuiet) return;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const { size } = await stat(job.outputs.glb);
    const faces = summary ? `, ${summary.faces.toLocaleString('en')} triangles` : '';
    const closed = summary?.watertight ? ', watertight' : '';
    console.log(`Made ${job.outputs.glb} (${(size / 1e6).toFixed(1)} MB${faces}${closed}) in ${seconds} s`);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
