import type { Command } from 'commander';

/** `hy3d unpack`: the executable's files onto the disk ahead of time, for an image or a read-only system. */
export function registerUnpack(program: Command): void {
  program
    .command('unpack')
    .description("unpack the executable's libraries ahead of time; print the folder that GPU libraries go to")
    .action(async () => {
      const [{ IS_EXECUTABLE, nativeRuntimeDir }, { UsageError }] = await Promise.all([
        import('../program-files.ts'),
        import('./usage-error.ts'),
      ]);
      if (!IS_EXECUTABLE) throw new UsageError('Only the executable of "bun run build" has something to unpack.');
      console.log(nativeRuntimeDir());
    });
}
