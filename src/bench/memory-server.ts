/**
 * The server of `hy3d bench memory`: the real one with quick workers. Its settings come from the environment. Over the
 * channel to its parent it tells its address, then answers each message with its memory after a collection of garbage.
 */
import { join } from 'node:path';
import { loadConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { startServer } from '../server.ts';
import { createSpawnWorker } from '../worker-process/spawn-worker.ts';

export interface MemoryUse {
  /** Resident set. */
  rssBytes: number;
  /** Of it what JavaScript objects take, and what they hold outside of the heap. */
  heapBytes: number;
}

/** Collections until what only finalisers free is free too. */
const COLLECTIONS = 3;
const SETTLE_MS = 200;

const config = loadConfig();
const command = [process.execPath, join(import.meta.dir, 'memory-worker.ts')];
const server = await startServer(config, createLog(config.logLevel), {
  spawnWorker: createSpawnWorker({ command, env: config.env }),
});

async function measure(): Promise<MemoryUse> {
  for (let nth = 0; nth < COLLECTIONS; nth += 1) {
    Bun.gc(true);
    await Bun.sleep(SETTLE_MS);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rssBytes: rss, heapBytes: heapUsed + external };
}

process.on('message', async () => process.send?.(await measure()));
process.on('SIGTERM', async () => {
  await server.stop();
  process.exit(0);
});
process.send?.(server.url);
