import type { Config } from './config.ts';
import { errorMessageOf } from './errors.ts';
import { DevicePool } from './gpus/device-pool.ts';
import { discoverDevices } from './gpus/discover-devices.ts';
import { runCommand } from './gpus/run-command.ts';
import { createJobService } from './jobs/create-job-service.ts';
import type { JobObserver } from './jobs/job-observer.ts';
import type { JobService } from './jobs/job-service.ts';
import type { Log } from './log.ts';
import type { Device } from './protocol/messages.ts';
import { StartError } from './start-error.ts';
import { createSpawnWorker, type SpawnWorker } from './worker-process/spawn-worker.ts';

export interface OpenedJobService {
  jobs: JobService;
  devices: readonly Device[];
}

export interface OpenOptions {
  observer?: JobObserver | undefined;
  /** Bytes that a device must have for an engine, by its name. */
  memoryNeeds?: ReadonlyMap<string, number> | undefined;
  /** Starts a worker; only tests give another one. */
  spawnWorker?: SpawnWorker | undefined;
}

/**
 * Finds the devices and makes the job service that runs real worker processes on them.
 * @throws {AppError} `server.no_device` where a GPU of the settings is not there
 * @throws {StartError} where the data folder cannot be used
 */
export async function openJobService(config: Config, log: Log, options: OpenOptions = {}): Promise<OpenedJobService> {
  const { spawnWorker = createSpawnWorker({ env: config.env }), observer, memoryNeeds } = options;
  const { devices, reason } = await findDevices(config);
  log.debug({ devices, reason }, 'devices found');
  const devicePool = new DevicePool(devices, {
    onQuarantine(device, forMs) {
      log.warn({ device, forMs }, 'device quarantined: its workers keep dying');
      observer?.onQuarantine(device);
    },
  });
  try {
    return { jobs: createJobService(config, { devicePool, spawnWorker, log, observer, memoryNeeds }), devices };
  } catch (cause) {
    throw new StartError(errorMessageOf(cause), { cause });
  }
}

/** The devices that the settings allow. */
export function findDevices(config: Pick<Config, 'gpus' | 'cudaVisibleDevices' | 'cpuSlots'>) {
  const { gpus, cudaVisibleDevices: visibleDevices, cpuSlots } = config;
  const list = gpus === 'auto' ? undefined : gpus === 'none' ? gpus : gpus.join(',');
  return discoverDevices({ gpus: list, visibleDevices, cpuSlots }, runCommand);
}
