import type { Command } from 'commander';
import type { Device } from '../protocol/messages.ts';
import { addConfigFlags, readConfig, settingsWithFlags } from './config-flags.ts';

/** `hy3d serve`: the server, until a signal stops it. */
export function registerServe(program: Command): void {
  const command = program.command('serve').description('serve the web page and the REST API');
  addConfigFlags(command, settingsWithFlags());
  command.addHelpText(
    'after',
    `
Examples:
  $ hy3d serve
  $ hy3d serve --port 8080 --host 0.0.0.0 --data /var/lib/hy3d
  $ hy3d serve --gpus 0,2 --max-queue 50 --keep-for 24h`,
  );
  command.action(serve);
}

async function serve(flags: Record<string, unknown>): Promise<void> {
  const config = readConfig(flags);
  const [{ startServer }, { createLog }, { findUnknownVariables }, { loadMemoryNeeds }] = await Promise.all([
    import('../server.ts'),
    import('../log.ts'),
    import('../config.ts'),
    import('./memory-needs.ts'),
  ]);
  const log = createLog(config.logLevel);
  for (const name of findUnknownVariables(config.env)) log.warn({ name }, 'no setting reads this variable');
  const server = await startServer(config, log, { memoryNeeds: loadMemoryNeeds(config.modelsDir, log) });
  let isStopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    // The second signal means now: workers end by themselves when this process is gone.
    if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143);
    isStopping = true;
    console.log('hy3d is stopping; running jobs may finish. Press Ctrl-C again to stop at once.');
    await server.stop();
    process.exit(0);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  // Last: who reads it may send a signal at once.
  console.log(`hy3d is ready at ${server.url} (${describeDevices(server.devices)})`);
}

function describeDevices(devices: readonly Device[]): string {
  const gpus = devices.filter((device) => device.kind === 'cuda').length;
  const [count, noun] = gpus > 0 ? [gpus, 'GPU'] : [devices.length, 'CPU slot'];
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
