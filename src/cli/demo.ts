import type { Command } from 'commander';
import { addConfigFlags } from './config-flags.ts';
import { LOCAL_SETTINGS } from './generate.ts';
import { addGenerateFlags } from './generate-flags.ts';

/** `hy3d demo`: a model from a bundled picture. */
export function registerDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('make a model from a bundled picture and say how to look at it')
    .option('--object <name>', 'which of the bundled objects; default: the first')
    .option('--all-views', 'use the pictures of all four sides, not the front alone')
    .option('--out <dir>', 'folder of the results', 'out/demo');
  addGenerateFlags(command);
  addConfigFlags(command, LOCAL_SETTINGS);
  command.addHelpText(
    'after',
    `
Examples:
  $ hy3d demo
  $ hy3d demo --all-views --texture-size 2048`,
  );
  command.action(async (flags: Record<string, unknown>) => {
    const { runDemo } = await import('./run-demo.ts');
    await runDemo(flags);
  });
}
