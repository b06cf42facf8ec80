import { stat } from 'node:fs/promises';
import { createLog } from '../log.ts';
import { EXTRA_FORMATS, type ExtraFormat, FORMAT_SUFFIXES } from '../protocol/formats.ts';
import type { ResultFiles } from '../protocol/messages.ts';
import type { GenerateOptions } from '../protocol/options.ts';
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
  const options = readGenerateOptions(flags);
  await runWithProgress({ pictures, options, outputs: { ...outputs, ...pathsOfFormats(options, outputs.glb) } }, flags);
  return 0;
}

/** Where the files of the extra formats go: beside the GLB, named after it. */
export function pathsOfFormats({ formats = [] }: GenerateOptions, glb: string): Partial<Record<ExtraFormat, string>> {
  const stem = glb.replace(/\.glb$/i, '');
  const asked = EXTRA_FORMATS.filter((format) => formats.includes(format));
  return Object.fromEntries(asked.map((format) => [format, `${stem}${FORMAT_SUFFIXES[format]}`]));
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
    for (const format of EXTRA_FORMATS) {
      const path = job.outputs[format];
      if (path !== undefined) console.log(`     ${path} (${((await stat(path)).size / 1e6).toFixed(1)} MB)`);
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
