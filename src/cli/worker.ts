import type { Command } from 'commander';

/** `hy3d worker`: the worker process; only the server starts it. */
export function registerWorker(program: Command): void {
  program
    .command('worker', { hidden: true })
    .description('run one job: request on stdin, events on stdout')
    .action(async () => {
      await import('../../workers/main.ts');
    });
}
