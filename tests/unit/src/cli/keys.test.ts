import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { ApiKeys, parseApiKeys } from '../../../../src/http/access/api-keys.ts';

const MAIN = join(import.meta.dir, '../../../../src/main.ts');

function keysCreate(...args: string[]) {
  const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, MAIN, 'keys', 'create', ...args]);
  return { stdout: stdout.toString(), stderr: stderr.toString(), exitCode };
}

test('prints the key alone on stdout and on stderr the line by which a server knows it', () => {
  const { stdout, stderr, exitCode } = keysCreate('web shop');
  expect(exitCode).toBe(0);
  const keys = new ApiKeys(parseApiKeys(stderr));
  expect(keys.size).toBe(1);
  expect(keys.find(stdout.trim())?.name).toBe('web shop');
  expect(stderr).not.toContain(stdout.trim());
});

test('makes another key each time', () => {
  expect(keysCreate().stdout).not.toBe(keysCreate().stdout);
});

test.each(['a, b', 'two\nlines', ' space'])('refuses the name %p, which no line could hold', (name) => {
  const { stdout, stderr, exitCode } = keysCreate(name);
  expect([stdout, exitCode]).toEqual(['', 2]);
  expect(stderr).toContain('The name of a key');
});
