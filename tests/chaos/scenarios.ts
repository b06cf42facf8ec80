import { breakFolders } from './break-folders.ts';
import { crowdClients } from './crowd-clients.ts';
import { fillDisk } from './fill-disk.ts';
import { killServer } from './kill-server.ts';
import { killWorkers } from './kill-workers.ts';
import { postHostile } from './post-hostile.ts';
import type { Scenario } from './scenario.ts';
import { stopServer } from './stop-server.ts';
import { watchMemory } from './watch-memory.ts';

/** What is broken on purpose, in the order in which it is done. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'workers are killed': killWorkers,
  'the server is killed': killServer,
  'the disk is full': fillDisk,
  'folders cannot be read': breakFolders,
  'clients crowd, crawl and vanish': crowdClients,
  'posts are hostile': postHostile,
  'many small jobs': watchMemory,
  'the server is stopped': stopServer,
};

/** Workers and memory are looked up in /proc. */
export const CAN_RUN = process.platform === 'linux';
