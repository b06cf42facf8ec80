import type { Command } from 'commander';
import { addConfigFlags, readConfig, settingsWithFlags } from './config-flags.ts';

/** `hy3d doctor`: what works on this machine, what does not, what to do. */
export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('check this machine: what works, what does not, what to do')
    .option('--json', 'print the checks as JSON');
  addConfigFlags(command, settingsWithFlags());
  command.addHelpText(
    'after',
    `
Exits with 1 where something must be mended before a model can be made.

Examples:
  $ hy3d doctor
  $ hy3d doctor --port 8080 --data /var/lib/hy3d`,
  );
  command.action(async (flags: Record<string, unknown>) => {
    const [{ runChecks }, { formatChecks }] = await Promise.all([import('./checks.ts'), import('./format-checks.ts')]);
    const checks = await runChecks(readConfig(flags));
    console.log(flags.json === true ? JSON.stringify(checks, undefined, 2) : formatChecks(checks));
    process.exitCode = checks.some((check) => check.result === 'fails') ? 1 : 0;
  });
}
