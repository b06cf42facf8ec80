import { type Command, Option } from 'commander';

/** `hy3d worker`: the worker process; only the server starts it. */
export function registerWorker(program: Command): void {
  program
    .command('worker', { hidden: true })
    .description('run jobs: requests on stdin, events on stdout')
    .addOption(
      new Option('--probe <part>', 'load pictures, or start a provider for networks; print how that went').choices([
        'pictures',
        'cpu',
        'cuda',
        'webgpu',
      ]),
    )
    .action(async ({ probe: part }: { probe?: 'pictures' | 'cpu' | 'cuda' | 'webgpu' }) => {
      if (part === undefined) {
        await import('../../workers/main.ts');
        return;
      }
      if (part === 'pictures') {
        const { codecVersion } = await import('../../workers/imaging/codec-version.ts');
        console.log(codecVersion());
        return;
      }
      const { probe } = await import('../../workers/runtime/probe.ts');
      console.log(JSON.stringify(await probe(part)));
    });
}
