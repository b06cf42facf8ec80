import type { Command } from 'commander';

/**
 * `hy3d bench <name>`: each benchmark registers itself from `src/bench/<name>.ts`.
 * @param isCalled whether this command was asked for; the files are loaded only then
 */
export async function registerBench(program: Command, isCalled: boolean): Promise<void> {
  const command = program.command('bench').description('measure the program: quality or speed');
  if (!isCalled) return;
  const benchmarks = await Promise.all([import('../bench/quality.ts'), import('../bench/speed.ts')]);
  for (const { register } of benchmarks) register(command);
  command.addHelpText(
    'after',
    `
Examples:
  $ hy3d bench speed
  $ hy3d bench quality --modes 1,4`,
  );
}
