import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processesIn } from '../../chaos/processes-in.ts';
import { CAN_RUN } from '../../chaos/scenarios.ts';
import { isRunning, sessionOf, until } from '../../helpers/processes.ts';
import { startOrphan } from './orphan.ts';

let folder: string;
let inside: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hy3d-orphans-'));
  inside = join(folder, 'jobs', 'one');
  mkdirSync(inside, { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!CAN_RUN)('processes of a folder', () => {
  test('are found although they are detached, and until they are really gone', async () => {
    using orphan = startOrphan(inside);
    expect(sessionOf(orphan.pid)).toBe(orphan.pid);
    expect(processesIn(folder)).toEqual([orphan.pid]);
    process.kill(orphan.pid, 'SIGTERM');
    expect(processesIn(folder)).toEqual([orphan.pid]);
    process.kill(orphan.pid, 'SIGKILL');
    await until('it is gone', () => !isRunning(orphan.pid));
    expect(processesIn(folder)).toEqual([]);
  });

  test('are found after the folder was removed', () => {
    using orphan = startOrphan(inside);
    rmSync(inside, { recursive: true });
    expect(processesIn(folder)).toEqual([orphan.pid]);
  });

  test('are found by their place for temporary files wherever they run', () => {
    using orphan = startOrphan('/', { TMPDIR: join(inside, 'temp') });
    expect(processesIn(folder)).toEqual([orphan.pid]);
  });

  test('are not those of a folder whose name begins alike', () => {
    const other = `${folder}-other`;
    mkdirSync(join(other, 'jobs'), { recursive: true });
    using orphan = startOrphan(join(other, 'jobs'), { TMPDIR: join(other, 'temp') });
    expect(processesIn(folder)).toEqual([]);
    expect(processesIn(other)).toEqual([orphan.pid]);
    rmSync(other, { recursive: true });
  });
});
