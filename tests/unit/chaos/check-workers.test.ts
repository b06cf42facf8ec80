import { describe, expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ChaosServer } from '../../chaos/chaos-server.ts';
import { checkWorkers } from '../../chaos/check-workers.ts';
import { CAN_RUN } from '../../chaos/scenarios.ts';
import { DEVICES, WORKER_MODES } from '../../chaos/worker-modes.ts';
import { startOrphan } from './orphan.ts';
import { ToldServer } from './told-server.ts';

/** For things that do not come. */
const PATIENCE_MS = 30;

const check = (server: ToldServer) => checkWorkers(server, PATIENCE_MS);

/** A process in a folder of its own, as a worker that waits. */
function startWorker({ dataDir }: ToldServer, name: string): Disposable {
  mkdirSync(join(dataDir, 'workers', name, 'temp'), { recursive: true });
  return startOrphan(join(dataDir, 'workers', name));
}

describe.skipIf(!CAN_RUN)('of a server without jobs', () => {
  test('no worker, and as many as may wait and are known, are right', async () => {
    using server = new ToldServer(1);
    await check(server);
    using _first = startWorker(server, 'first');
    using _second = startWorker(server, 'second');
    server.knownWorkers = 2;
    await check(server);
  });

  test('a process in the folder of its job is found', async () => {
    using server = new ToldServer();
    server.leave('jobs/one/temp/x');
    using _orphan = startOrphan(join(server.dataDir, 'jobs/one'));
    server.knownWorkers = 1;
    await expect(check(server)).rejects.toThrow(/no more than 0 workers are left/);
  });

  test('a process that the server knows nothing of is found, and one that it knows and is not there', async () => {
    using server = new ToldServer(1);
    using _orphan = startWorker(server, 'first');
    await expect(check(server)).rejects.toThrow(/those that the server knows of/);
    server.knownWorkers = 2;
    await expect(check(server)).rejects.toThrow(/those that the server knows of/);
  });

  test('more processes than may wait are found', async () => {
    using server = new ToldServer(1);
    using stack = new DisposableStack();
    server.knownWorkers = DEVICES + 1;
    for (let nth = 0; nth < server.knownWorkers; nth += 1) stack.use(startWorker(server, `worker-${nth}`));
    await expect(check(server)).rejects.toThrow(/no more than 4 workers are left/);
  });

  test('the folder of a worker that is gone is found, and files in that of one that waits', async () => {
    using server = new ToldServer(1);
    mkdirSync(join(server.dataDir, 'workers/gone'), { recursive: true });
    await expect(check(server)).rejects.toThrow(/each worker has one folder/);
    using _worker = startOrphan(join(server.dataDir, 'workers/gone'));
    server.knownWorkers = 1;
    server.leave('workers/gone/temp/x');
    await expect(check(server)).rejects.toThrow(/a worker that waits has files/);
  });

  test('a real one that is stopped and leaves a process or the folder of one is found', async () => {
    const [mode] = WORKER_MODES;
    for (const [isOrphan, complaint] of [
      [true, /left workers/],
      [false, /left folders of workers/],
    ] as const) {
      await using server = await ChaosServer.start({ mode: mode! });
      const folder = join(server.dataDir, 'workers/left');
      mkdirSync(folder, { recursive: true });
      using _orphan = isOrphan ? startOrphan(folder) : undefined;
      await expect(server.stop()).rejects.toThrow(complaint);
    }
  });
});
