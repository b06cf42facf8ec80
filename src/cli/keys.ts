import type { Command } from 'commander';
import { createApiKey, isKeyName } from '../http/access/api-keys.ts';
import { UsageError } from './usage-error.ts';

/** `hy3d keys`: API keys for `hy3d serve --api-keys`. */
export function registerKeys(program: Command): void {
  const command = program.command('keys').description('make API keys');
  command
    .command('create')
    .description('make a key and show it once, with the line by which a server knows it')
    .argument('[name]', 'who the key is for; stands behind the line')
    .addHelpText(
      'after',
      `
The key goes to the client, the line into the file of "hy3d serve --api-keys <file>". To take a key away, remove its line.

Examples:
  $ hy3d keys create "web shop"
  $ hy3d keys create ci 2>> keys.txt   # shows the key, appends the line`,
    )
    .action((name = '') => createKey(name));
}

/** The key alone goes to stdout and its line to stderr, so that a script can send each where it belongs. */
function createKey(name: string): void {
  if (!isKeyName(name)) {
    throw new UsageError('The name of a key has at most 100 characters, no comma, no line break and no space first.');
  }
  const { key, line } = createApiKey(name);
  if (process.stderr.isTTY) console.error('Key, shown this once; below it the line for the server:');
  console.log(key);
  console.error(line);
}
