import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFolderLock } from '../../../../src/jobs/data-folder-lock.ts';
import { JobFolders } from '../../../../src/jobs/job-folders.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'hy3d-folders-'));
afterAll(() => rmSync(dataDir, { recursive: true }));
const picture = (text: string) => ({ bytes: new TextEncoder().encode(text), format: 'png' as const });

describe('JobFolders', () => {
  test('stores each picture under its view and format', async () => {
    const folders = new JobFolders(dataDir);
    const id = crypto.randomUUID();
    const views = await folders.create(id, { front: picture('f'), left: { ...picture('l'), format: 'webp' } });
    const { root, output, temp } = folders.paths(id);
    expect(views).toEqual({ front: join(root, 'inputs/front.png'), left: join(root, 'inputs/left.webp') });
    expect(readFileSync(views.left!, 'utf8')).toBe('l');
    expect([readdirSync(output), readdirSync(temp)]).toEqual([[], []]);
  });

  test('keeps only the results of a finished job', async () => {
    const folders = new JobFolders(dataDir);
    const id = crypto.randomUUID();
    await folders.create(id, { front: picture('f') });
    writeFileSync(join(folders.paths(id).output, 'model.glb'), 'x');
    await folders.keepResults(id);
    expect(readdirSync(folders.paths(id).root)).toEqual(['output']);
    await folders.remove(id);
    await folders.remove(id);
    expect(existsSync(folders.paths(id).root)).toBe(false);
  });

  test('removes what a former server left, but nothing else and nothing new', async () => {
    const folders = new JobFolders(dataDir);
    const orphan = crypto.randomUUID();
    await folders.create(orphan, { front: picture('f') });
    mkdirSync(join(dataDir, 'jobs', 'mine'), { recursive: true });
    const fresh = crypto.randomUUID();
    await Promise.all([folders.removeOrphans(), folders.create(fresh, { front: picture('f') })]);
    expect(readdirSync(join(dataDir, 'jobs')).sort()).toEqual([fresh, 'mine'].sort());
  });
});

describe('DataFolderLock', () => {
  test('holds a folder against a second server until it is given back', () => {
    const folder = join(dataDir, 'locked');
    const first = new DataFolderLock(folder);
    expect(() => new DataFolderLock(folder)).toThrow(/data folder of its own/);
    first[Symbol.dispose]();
    using _second = new DataFolderLock(folder);
  });

  test('is given back when its holder dies without a word', () => {
    const folder = join(dataDir, 'killed');
    const source = join(import.meta.dir, '../../../../src/jobs/data-folder-lock.ts');
    const script = `const { DataFolderLock } = await import(${JSON.stringify(source)});
      globalThis.lock = new DataFolderLock(${JSON.stringify(folder)}); process.kill(process.pid, 'SIGKILL');`;
    expect(Bun.spawnSync([process.execPath, '-e', script]).signalCode).toBe('SIGKILL');
    using _lock = new DataFolderLock(folder);
  });
});
