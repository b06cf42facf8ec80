import { expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeAtomically } from '../../../../workers/export/write-atomically.ts';

function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'hy3d-write-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test('the file holds the content and nothing temporary is left beside it', async () => {
  using folder = temporaryFolder();
  await writeAtomically(join(folder.path, 'a.bin'), new Uint8Array([1, 2, 3]));
  expect([...readFileSync(join(folder.path, 'a.bin'))]).toEqual([1, 2, 3]);
  expect(readdirSync(folder.path)).toEqual(['a.bin']);
});

test('an older file of the name is replaced whole', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'a.txt'), 'a much longer text than the new one');
  await writeAtomically(join(folder.path, 'a.txt'), 'short');
  expect(readFileSync(join(folder.path, 'a.txt'), 'utf8')).toBe('short');
});

test('a folder that does not exist is reported as unwritable', async () => {
  using folder = temporaryFolder();
  const writing = writeAtomically(join(folder.path, 'missing', 'a.bin'), 'x');
  await expect(writing).rejects.toMatchObject({ code: 'output.unwritable' });
});

test('a name that is a folder fails and leaves no temporary file', async () => {
  using folder = temporaryFolder();
  await expect(writeAtomically(folder.path, 'x')).rejects.toMatchObject({ code: 'output.unwritable' });
  expect(readdirSync(join(folder.path, '..')).filter((name) => `${folder.path}.part`.endsWith(name))).toEqual([]);
});
