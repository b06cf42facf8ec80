import type { Command } from 'commander';
import { errorMessageOf } from '../errors.ts';
import { StartError } from '../start-error.ts';
import { addConfigFlags, readConfig } from './config-flags.ts';

const TIMEOUT_MS = 5_000;

/** `hy3d health`: whether the server of these settings answers; for containers that have no other program to ask it. */
export function registerHealth(program: Command): void {
  const command = program.command('health').description('ask the running server of these settings for its health');
  addConfigFlags(command, ['host', 'port']);
  command.addHelpText('after', '\nExits with 1 where it does not answer or is not healthy.');
  command.action(async (flags: Record<string, unknown>) => {
    const { host, port } = readConfig(flags);
    console.log(await askHealth(`http://${reachableHost(host)}:${port}/api/health`));
  });
}

async function askHealth(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.text();
    if (response.ok) return body;
    throw new Error(`status ${response.status}: ${body.slice(0, 200)}`);
  } catch (cause) {
    throw new StartError(`No healthy server at ${url} (${errorMessageOf(cause)}).`, { cause });
  }
}

/** An address that this machine can connect to where the server listens on all of them. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
