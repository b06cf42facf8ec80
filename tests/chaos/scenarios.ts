import { breakFolders } from './break-folders.ts';
import { crowdClients } from './crowd-clients.ts';
import { fillDisk } from './fill-disk.ts';
import { killServer } from './kill-server.ts';
import { killWorkers } from './kill-workers.ts';
import { postHostile } from './post-hostile.ts';
import type { Chaos, Scenario } from './scenario.ts';
import { stopServer } from './stop-server.ts';
import { watchMemory } from './watch-memory.ts';
import { WORKER_MODES, type WorkerMode } from './worker-modes.ts';

/** What is broken on purpose, in the order in which it is done. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'workers are killed': killWorkers,
  'the server is killed': killServer,
  'the disk is full': fillDisk,
  'the server is stopped': stopServer,
  'folders cannot be read': breakFolders,
  'clients crowd, crawl and vanish': crowdClients,
  'posts are hostile': postHostile,
  'many small jobs': watchMemory,
};

/** Those that end workers: in the long form they are done in each mode, the others in one that the seed chooses. */
const ENDS_WORKERS: ReadonlySet<Scenario> = new Set([killWorkers, killServer, fillDisk, stopServer]);

export interface PlannedScenario {
  /** What is broken, and the mode of the workers. */
  title: string;
  mode: WorkerMode;
  run: Scenario;
}

/** The scenarios of one run and their modes; in the short form each has one, which changes with the seed. */
export function planScenarios(seed: number, form: Chaos['form']): PlannedScenario[] {
  return Object.entries(SCENARIOS).flatMap(([name, run], nth) => {
    const isInEach = form === 'long' && ENDS_WORKERS.has(run);
    const modes = WORKER_MODES.filter((_, index) => isInEach || index === (seed + nth) % WORKER_MODES.length);
    return modes.map((mode) => ({ title: `${name}, ${mode.name}`, mode, run }));
  });
}

/** Workers and memory are looked up in /proc. */
export const CAN_RUN = process.platform === 'linux';
