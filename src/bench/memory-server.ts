/**
 * The server of `hy3d bench memory`: the real one with quick workers. Its settings come from the environment. Over the
 * channel to its parent it tells its address, then answers each message with its memory.
 */
import { join } from 'node:path';
import { loadConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { startServer } from '../server.ts';
import { createSpawnWorker } from '../worker-process/spawn-worker.ts';
import { settledMemory } from './settled-memory.ts';

const config = loadConfig();
const command = [process.execPath, join(import.meta.dir, 'memory-worker.ts')];
const server = await startServer(config, createLog(config.logLevel), {
  spawnWorker: createSpawnWorker({ command, env: config.env }),
});

process.on('message', async () => process.send?.(await settledMemory()));
process.on('SIGTERM', async () => {
  await server.stop();
  process.exit(0);
});
process.send?.(server.url);
