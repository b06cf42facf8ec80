// The real server on a few slots with the workers of these tests. Settings come from the environment; the first line of
// stdout is its address. It stops on SIGTERM, as `hy3d serve` does, and answers each message with its memory.
import { join } from 'node:path';
import { settledMemory } from '../../src/bench/settled-memory.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { startServer } from '../../src/server.ts';
import { createSpawnWorker } from '../../src/worker-process/spawn-worker.ts';
import { DEVICES } from './worker-modes.ts';

const config = { ...loadConfig(), cpuSlots: DEVICES };
const command = [process.execPath, join(import.meta.dir, 'worker.ts')];
const spawnWorker = createSpawnWorker({ command, env: config.env });
const server = await startServer(config, createLog(config.logLevel), { spawnWorker });
process.on('SIGTERM', async () => {
  await server.stop();
  process.exit(0);
});
process.on('message', async () => process.send?.((await settledMemory()).rssBytes));
console.log(server.url.replace('localhost', '127.0.0.1'));
