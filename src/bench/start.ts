/** `hy3d bench start`: how long the program takes to start, from the source and as the executable. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { PROGRAM_COMMAND, WORKER_COMMAND } from '../program-files.ts';

interface StartFlags {
  executable: string;
  runs: string;
}

interface Measure {
  name: string;
  command: readonly string[];
  /** The time counts until stdout contains it. */
  until: string;
  /** Whether the executable must unpack its files first. */
  isFirstStart?: boolean;
}

export function register(bench: Command): void {
  bench
    .command('start')
    .description('time from spawn to version, ready server and ready worker; of the executable too where it is built')
    .option('--executable <path>', 'made by "bun run build"', 'dist/hy3d')
    .option('--runs <n>', 'runs of each; the median counts', '11')
    .action(async ({ executable, runs }: StartFlags) => {
      for (const measure of measuresOf('source', PROGRAM_COMMAND, WORKER_COMMAND)) await report(measure, Number(runs));
      const path = resolve(executable);
      if (!existsSync(path)) {
        console.log(`no executable at ${path}: run "bun run build" first`);
        return;
      }
      console.log(`executable, size ${(statSync(path).size / 1e6).toFixed(0)} MB`);
      const [version, server, worker] = measuresOf('executable', [path], [path, 'worker']);
      if (version) await report(version, Number(runs));
      if (server) await report({ ...server, name: `${server.name}, first start`, isFirstStart: true }, Number(runs));
      for (const measure of [server, worker]) if (measure) await report(measure, Number(runs));
    });
}

function measuresOf(name: string, program: readonly string[], worker: readonly string[]): Measure[] {
  const serve = ['serve', '--port', '0', '--log-level', 'error'];
  return [
    { name: `${name}, --version`, command: [...program, '--version'], until: '\n' },
    { name: `${name}, serve until it is ready`, command: [...program, ...serve], until: 'is ready at' },
    { name: `${name}, worker until its first line`, command: worker, until: '"hello"' },
  ];
}

async function report(measure: Measure, runs: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'hy3d-bench-start-'));
  try {
    // Not counted: afterwards the files are in memory, and unpacked.
    await timeStart(measure, dir);
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      if (measure.isFirstStart) rmSync(join(dir, 'cache'), { recursive: true, force: true });
      times.push(await timeStart(measure, dir));
    }
    times.sort((a, b) => a - b);
    const ms = (index: number) => (times[index] ?? Number.NaN).toFixed(0).padStart(5);
    const [least, median, most] = [ms(0), ms(Math.floor(runs / 2)), ms(runs - 1)];
    console.log(`${measure.name.padEnd(52)} ${median} ms  (${least} to ${most})`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function timeStart({ command, until }: Measure, dir: string): Promise<number> {
  const startedAt = performance.now();
  const child = Bun.spawn([...command], {
    cwd: dir,
    env: { ...process.env, HY3D_CACHE: join(dir, 'cache'), ORT_DISABLE_TELEMETRY: '1' },
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  let text = '';
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes(until)) break;
  }
  const milliseconds = performance.now() - startedAt;
  child.kill('SIGKILL');
  await child.exited;
  if (text.includes(until)) return milliseconds;
  throw new Error(`${command.join(' ')} ended with ${child.exitCode} before it said ${JSON.stringify(until)}: ${text}`);
}
