import type { Command } from 'commander';

interface Benchmark {
  /** Adds its command, flags and action. */
  register(bench: Command): void;
}

const BENCHMARKS = ['quality', 'speed'] as const;

/**
 * `hy3d bench <name>`: each benchmark registers itself from `src/bench/<name>.ts`.
 * @param isCalled whether this command was asked for; the files are loaded only then
 */
export async function registerBench(program: Command, isCalled: boolean): Promise<void> {
  const command = program.command('bench').description(`measure the program: ${BENCHMARKS.join(' or ')}`);
  if (!isCalled) return;
  for (const name of BENCHMARKS) {
    const { register }: Benchmark = await import(`../bench/${name}.ts`);
    register(command);
  }
  command.addHelpText(
    'after',
    `
Examples:
  $ hy3d bench speed
  $ hy3d bench quality --modes 1,4`,
  );
}
