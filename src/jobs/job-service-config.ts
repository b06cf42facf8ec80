import type { DevicePool } from '../gpus/device-pool.ts';
import type { Log } from '../log.ts';
import type { SpawnWorker } from '../worker-process/spawn-worker.ts';
import type { WorkerPoolConfig } from '../worker-process/worker-pool.ts';
import type { JobObserver } from './job-observer.ts';

/** Besides its own settings, those of the worker processes. */
export interface JobServiceConfig extends WorkerPoolConfig {
  /** Jobs keep their files in `<dataDir>/jobs`; one server per folder. */
  dataDir: string;
  /** Jobs that may wait. */
  maxQueue: number;
  /** Finished jobs that are kept, and for how long. */
  keepJobs: number;
  keepForMs: number;
  /** Largest picture that a worker decodes. */
  maxPixels: number;
}

export interface JobServiceDeps {
  devicePool: DevicePool;
  spawnWorker: SpawnWorker;
  log: Log;
  observer?: JobObserver | undefined;
  /** Bytes that a device must have for an engine, by its name; others run anywhere. */
  memoryNeeds?: ReadonlyMap<string, number> | undefined;
  /** Milliseconds since 1970. */
  now?: () => number;
}
