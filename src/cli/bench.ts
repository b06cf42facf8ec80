import type { Command } from 'commander';
import { IS_EXECUTABLE } from '../program-files.ts';
import { UsageError } from './usage-error.ts';

/**
 * `hy3d bench <name>`: each benchmark registers itself from `src/bench/<name>.ts`.
 * @param isCalled whether this command was asked for; the files are loaded only then
 */
export async function registerBench(program: Command, isCalled: boolean): Promise<void> {
  const command = program.command('bench').description('measure the program: quality, speed, networks, HTTP, memory');
  if (!isCalled) return;
  if (IS_EXECUTABLE) {
    command.allowUnknownOption().argument('[name...]');
    command.action(() => {
      throw new UsageError('The benchmarks need a checkout of the source; run "npx bun run bench" there.');
    });
    return;
  }
  const benchmarks = await Promise.all([
    import('../bench/quality.ts'),
    import('../bench/speed.ts'),
    import('../bench/hunyuan.ts'),
    import('../bench/start.ts'),
    import('../bench/http.ts'),
    import('../bench/memory.ts'),
  ]);
  for (const { register } of benchmarks) register(command);
  command.addHelpText(
    'after',
    `
Examples:
  $ hy3d bench speed
  $ hy3d bench quality --modes 1,4
  $ hy3d bench start --executable dist/hy3d
  $ hy3d bench hunyuan --variant 2mini-turbo --random`,
  );
}
