import { type Command, Option } from 'commander';

/** `hy3d worker`: the worker process; only the server starts it. */
export function registerWorker(program: Command): void {
  program
    .command('worker', { hidden: true })
    .description('run one job: request on stdin, events on stdout')
    .addOption(
      new Option('--probe <provider>', 'start a provider for networks and print how that went').choices([
        'cpu',
        'cuda',
        'webgpu',
      ]),
    )
    .action(async ({ probe: provider }: { probe?: 'cpu' | 'cuda' | 'webgpu' }) => {
      if (provider === undefined) {
        await import('../../workers/main.ts');
        return;
      }
      const { probe } = await import('../../workers/runtime/probe.ts');
      console.log(JSON.stringify(await probe(provider)));
    });
}
