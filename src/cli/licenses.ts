import type { Command } from 'commander';

/** `hy3d licenses`: what the executable contains that others made, and under which terms. */
export function registerLicenses(program: Command): void {
  program
    .command('licenses')
    .description('print the licences of the program and of all software of others in the executable')
    .action(async () => {
      const [{ IS_EXECUTABLE, programFile }, { LICENCES_FILE }, { UsageError }] = await Promise.all([
        import('../program-files.ts'),
        import('../executable/licences-file.ts'),
        import('./usage-error.ts'),
      ]);
      if (!IS_EXECUTABLE) {
        throw new UsageError(
          'A checkout contains no software of others; that of the executable is listed by "bun run build".',
        );
      }
      process.stdout.write(await Bun.file(programFile(LICENCES_FILE)).text());
    });
}
