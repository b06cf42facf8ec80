import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { packFiles } from '../../../../src/build/pack-files.ts';
import type { Embedded } from '../../../../src/executable/embedded.ts';
import { DAY_MS, markUsed } from '../../../../src/executable/folder-use.ts';
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
  embedded = await pack('files.zst');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function pack(archive: string, version = '1.2.3'): Promise<Embedded> {
  const files = Object.keys(CONTENTS).map((path) => ({ path, source: join(dir, 'source', path) }));
  return packFiles(files, join(dir, archive), version);
}

function setAge(path: string, days: number): void {
  const time = new Date(Date.now() - days * DAY_MS);
  utimesSync(path, time, time);
}

/** In a process of its own, which prints the number of the folder that it got, and fails where it is not whole. */
function startUnpacking(version: Embedded) {
  const script = `
    const { unpack } = await import(${JSON.stringify(join(import.meta.dir, '../../../../src/executable/unpack.ts'))});
    const { readFileSync, statSync } = await import('node:fs');
    const folder = unpack(${JSON.stringify(version)}, ${JSON.stringify(cache)});
    readFileSync(folder + '/web/index.html');
    console.log(statSync(folder).ino);`;
  return Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' });
}

function expectWhole(folder: string): void {
  for (const [path, text] of Object.entries(CONTENTS)) expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
}

test('what was packed lies in a folder of the version and the contents', async () => {
  const folder = unpack(embedded, cache);
  expect(folder).toMatch(/\/cache\/1\.2\.3-[0-9a-f]{12}$/);
  expectWhole(folder);

  writeFileSync(join(dir, 'source/empty.txt'), 'x');
  const other = await pack('other.zst');
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

test('a library that was replaced by a link to another build is used', () => {
  const folder = unpack(embedded, cache);
  const own = join(dir, 'own.so');
  writeFileSync(own, 'of another size');
  rmSync(join(folder, 'lib/a.so'));
  symlinkSync(own, join(folder, 'lib/a.so'));
  unpack(embedded, cache);
  expect(readFileSync(join(folder, 'lib/a.so'), 'utf8')).toBe('of another size');
  rmSync(own);
  unpack(embedded, cache);
  expectWhole(folder);
});

describe('folders of other versions', () => {
  test('go once they are unused for 14 days, and nothing else beside them does', async () => {
    const unused = unpack(await pack('old.zst', '1.0.0'), cache);
    const recent = unpack(await pack('recent.zst', '1.1.0-beta.1'), cache);
    const others = ['mine', '1.0.0', '1.0.0-notes', 'v1.0.0-0123456789ab', '1.0.0-0123456789abc', '1.0.0-0123456789AB'];
    for (const name of others) mkdirSync(join(cache, name));
    writeFileSync(join(cache, '1.0.0-0123456789ab'), 'a file');
    symlinkSync(join(cache, 'mine'), join(cache, '1.0.0-ba9876543210'));
    for (const name of readdirSync(cache)) setAge(join(cache, name), 15);
    setAge(recent, 13);

    const folder = unpack(embedded, cache);
    expect(existsSync(unused)).toBe(false);
    expectWhole(recent);
    const rest = ['1.0.0-0123456789ab', '1.0.0-ba9876543210', 'unpack.lock', ...others];
    expect(readdirSync(cache).sort()).toEqual([basename(folder), basename(recent), ...rest].sort());
  });

  test('go at a start on another day too, when there is nothing to unpack', async () => {
    const other = unpack(await pack('other.zst', '1.0.0'), cache);
    const folder = unpack(embedded, cache);
    setAge(other, 15);
    unpack(embedded, cache);
    expectWhole(other);
    setAge(folder, 2);
    unpack(embedded, cache);
    expect(existsSync(other)).toBe(false);
  });

  test('are kept by a start, however long ago the last one was', async () => {
    const folder = unpack(embedded, cache);
    setAge(folder, 100);
    unpack(embedded, cache);
    unpack(await pack('new.zst', '2.0.0'), cache);
    expectWhole(folder);
  });

  test('are kept by a process that marks its folder', async () => {
    const folder = unpack(embedded, cache);
    setAge(folder, 100);
    markUsed(folder);
    unpack(await pack('new.zst', '2.0.0'), cache);
    expectWhole(folder);
  });

  test('are whole for processes that take them into use while another one removes what is unused', async () => {
    const others = await Promise.all(['1.0.0', '1.0.1', '1.0.2'].map((version) => pack(`${version}.zst`, version)));
    for (const other of others) setAge(unpack(other, cache), 15);
    const children = [embedded, ...others].map((version) => startUnpacking(version));
    for (const { exited } of children) expect(await exited).toBe(0);
    // Each was whole when its process had it, and is now.
    for (const other of others) expectWhole(join(cache, other.id));
  });
});

test('a folder that was not used for long serves on a disk that can no longer be written', () => {
  const folder = unpack(embedded, cache);
  setAge(folder, 100);
  rmSync(join(cache, 'unpack.lock'));
  mkdirSync(join(cache, 'unpack.lock'));
  expect(unpack(embedded, cache)).toBe(folder);
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
  const children = Array.from({ length: 6 }, () => startUnpacking(embedded));
  const inodes = await Promise.all(children.map(({ stdout }) => new Response(stdout).text()));
  expect(new Set(inodes).size).toBe(1);
  expectWhole(join(cache, embedded.id));
});
