/**
 * `hy3d bench quality`: runs the program over a set of objects with known shapes and scores the results.
 *
 * The benchmark tool stands outside the project (`--eval`, a folder with `tool/` and a set beside it). It is copied
 * and its packages are installed once, because the folder itself may be read-only.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { compareMeans, MEASURES, type Means, meansOf, type SuiteReport, SuiteReportSchema } from './quality-means.ts';

const PROJECT_DIR = resolve(import.meta.dir, '../..');
const BASELINE_FILE = join(import.meta.dir, 'quality-baseline.json');

interface QualityFlags {
  eval: string;
  set?: string;
  out: string;
  modes: string;
  objects?: string;
  reuse?: boolean;
  sheets: boolean;
  updateBaseline?: boolean;
}

export function register(bench: Command): void {
  bench
    .command('quality')
    .description('score the program on objects with known shapes, with 1, 2 and 4 pictures each')
    .option('--eval <dir>', 'folder of the benchmark: tool/ and its sets', join(PROJECT_DIR, '../shared/eval'))
    .option('--set <dir>', 'folder of objects (default: dev in the benchmark folder)')
    .option('--out <dir>', 'where models, scores and contact sheets go', join(PROJECT_DIR, 'out/bench/quality'))
    .option('--modes <list>', 'numbers of pictures', '1,2,4')
    .option('--objects <list>', 'only these objects')
    .option('--reuse', 'score the models of an earlier run again')
    .option('--no-sheets', 'draw no contact sheets')
    .option('--update-baseline', 'keep these means as the ones that later runs are compared with')
    .action(async (flags: QualityFlags) => {
      process.exitCode = await runQuality(flags);
    });
}

async function runQuality(flags: QualityFlags): Promise<number> {
  const source = join(flags.eval, 'tool');
  if (!existsSync(source)) {
    console.error(`no benchmark tool at ${source}; give its folder with --eval`);
    return 2;
  }
  const tool = await installTool(source);
  const program = `${shellWord(process.execPath)} ${shellWord(join(PROJECT_DIR, 'src/main.ts'))}`;
  const command = `${program} generate {front} [--back {back}] [--left {left}] [--right {right}] -o {out} --quiet`;
  const args = ['--set', flags.set ?? join(flags.eval, 'dev'), '--out', flags.out, '--modes', flags.modes];
  if (flags.objects) args.push('--objects', flags.objects);
  if (flags.reuse) args.push('--reuse');
  if (!flags.sheets) args.push('--no-sheets');
  mkdirSync(flags.out, { recursive: true });
  const suite = Bun.spawn([process.execPath, 'src/cli.ts', 'suite', ...args, '--cmd', command], {
    cwd: tool,
    stdout: 'inherit',
    stderr: 'inherit',
  });
  if ((await suite.exited) !== 0) return 1;

  const report = SuiteReportSchema.parse(JSON.parse(readFileSync(join(flags.out, 'report.json'), 'utf8')));
  const means = meansOf(report);
  const whole = !flags.objects && !flags.set;
  const problems = [...brokenModels(report), ...(whole ? compareMeans(means, readBaseline()) : [])];
  printMeans(means);
  if (flags.updateBaseline && whole) writeFileSync(BASELINE_FILE, `${JSON.stringify(means, null, 2)}\n`);
  for (const problem of problems) console.log(`worse: ${problem}`);
  return problems.length > 0 ? 1 : 0;
}

/** Every model must be closed, manifold, free of UV overlap and clean to the validator. */
function brokenModels(report: SuiteReport): string[] {
  const problems: string[] = [];
  for (const [mode, rows] of Object.entries(report)) {
    for (const { name, error, result } of rows) {
      const say = (what: string) => problems.push(`${name}, ${mode} pictures: ${what}`);
      if (!result) {
        say(error ?? 'failed');
        continue;
      }
      const { watertight, manifold, uv, validator } = result.health;
      if (!watertight) say('not watertight');
      if (!manifold) say('not manifold');
      if (uv.overlap > 0) say(`UV overlap ${uv.overlap}`);
      if (validator.errors + validator.warnings > 0) say(`${validator.errors} errors, ${validator.warnings} warnings`);
    }
  }
  return problems;
}

function readBaseline(): Means {
  return existsSync(BASELINE_FILE) ? (JSON.parse(readFileSync(BASELINE_FILE, 'utf8')) as Means) : {};
}

function printMeans(means: Means): void {
  console.log(`\n${['pictures', ...MEASURES].map((cell) => cell.padEnd(10)).join('')}`);
  for (const [mode, row] of Object.entries(means)) {
    console.log([mode, ...MEASURES.map((measure) => row[measure].toFixed(3))].map((cell) => cell.padEnd(10)).join(''));
  }
}

/** A copy of the tool with its packages, made again when its lock file changes. */
async function installTool(source: string): Promise<string> {
  const key = Bun.hash(readFileSync(join(source, 'bun.lock'))).toString(36);
  const target = join(tmpdir(), `hy3d-eval-${key}`);
  if (!existsSync(join(target, 'node_modules'))) {
    cpSync(source, target, { recursive: true });
    await Bun.$`chmod -R u+w ${target}`;
    await Bun.$`${process.execPath} install --frozen-lockfile`.cwd(target).quiet();
  }
  return target;
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
