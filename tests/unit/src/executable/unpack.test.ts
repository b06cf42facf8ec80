import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packFiles } from '../../../../src/build/pack-files.ts';
import type { Embedded } from '../../../../src/executable/embedded.ts';
import { unpack } from '../../../../src/executable/unpack.ts';

const CONTENTS: Record<string, string> = {
  'empty.txt': '',
  'lib/a.so': 'a'.repeat(5000),
  'web/index.html': '<p>é</p>',
};

let dir: string;
let cache: string;
let embedded: Embedded;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hy3d-unpack-'));
  cache = join(dir, 'cache');
  for (const [path, text] of Object.entries(CONTENTS)) {
    mkdirSync(dirname(join(dir, 'source', path)), { recursive: true });
    writeFileSync(join(dir, 'source', path), text);
  }
  embedded = await packFiles(join(dir, 'source'), Object.keys(CONTENTS), join(dir, 'files.zst'), '1.2.3');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function expectWhole(folder: string): void {
  for (const [path, text] of Object.entries(CONTENTS)) expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
}

test('what was packed lies in a folder of the version and the contents', async () => {
  const folder = unpack(embedded, cache);
  expect(folder).toMatch(/\/cache\/1\.2\.3-[0-9a-f]{12}$/);
  expectWhole(folder);

  writeFileSync(join(dir, 'source/empty.txt'), 'x');
  const other = await packFiles(join(dir, 'source'), Object.keys(CONTENTS), join(dir, 'other.zst'), '1.2.3');
  expect(unpack(other, cache)).not.toBe(folder);
  expectWhole(folder);
});

test('a second start writes nothing and keeps what others put there', () => {
  const folder = unpack(embedded, cache);
  writeFileSync(join(folder, 'lib/gpu.so'), 'gpu');
  const { mtimeNs } = statSync(join(folder, 'lib/a.so'), { bigint: true });
  rmSync(embedded.archive);
  expect(unpack(embedded, cache)).toBe(folder);
  expect(statSync(join(folder, 'lib/a.so'), { bigint: true }).mtimeNs).toBe(mtimeNs);
  expect(readFileSync(join(folder, 'lib/gpu.so'), 'utf8')).toBe('gpu');
});

test.each([
  ['is missing', (path: string) => rmSync(path)],
  ['was cut', (path: string) => writeFileSync(path, 'a')],
])('a folder in which a file %s is replaced', (_, damage) => {
  const folder = unpack(embedded, cache);
  damage(join(folder, 'lib/a.so'));
  expect(unpack(embedded, cache)).toBe(folder);
  expectWhole(folder);
});

test('what a killed process left is removed', () => {
  mkdirSync(join(cache, '.unpacking-old/new'), { recursive: true });
  const folder = unpack(embedded, cache);
  expect(readdirSync(cache).sort()).toEqual([folder.slice(cache.length + 1), 'unpack.lock']);
});

test('a folder into which others may write is not used', () => {
  const folder = unpack(embedded, cache);
  chmodSync(folder, 0o777);
  expect(() => unpack(embedded, cache)).toThrow(`Other users may write ${folder}`);
});

test('nothing that is unpacked can be written by others, even if the umask allows it', () => {
  const before = process.umask(0);
  try {
    const folder = unpack(embedded, cache);
    const modes = ['.', 'lib', 'lib/a.so'].map((path) => statSync(join(folder, path)).mode & 0o022);
    expect(modes).toEqual([0, 0, 0]);
    expect(statSync(cache).mode & 0o077).toBe(0);
  } finally {
    process.umask(before);
  }
});

test('a cache folder that cannot be made is an error that says what to do', () => {
  writeFileSync(join(dir, 'file'), '');
  expect(() => unpack(embedded, join(dir, 'file/cache'))).toThrow(
    expect.objectContaining({ code: 'runtime.unavailable', message: expect.stringContaining('Set HY3D_CACHE') }),
  );
});

test('of processes that start at the same time one unpacks and the others wait for it', async () => {
  const script = `
    const { unpack } = await import(${JSON.stringify(join(import.meta.dir, '../../../../src/executable/unpack.ts'))});
    const { statSync } = await import('node:fs');
    const folder = unpack(${JSON.stringify(embedded)}, ${JSON.stringify(cache)});
    console.log(statSync(folder).ino);`;
  const children = Array.from({ length: 6 }, () => Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' }));
  const inodes = await Promise.all(children.map(({ stdout }) => new Response(stdout).text()));
  expect(new Set(inodes).size).toBe(1);
  expectWhole(join(cache, embedded.id));
});
