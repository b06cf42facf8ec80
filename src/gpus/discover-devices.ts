import { cpus, totalmem } from 'node:os';
import type { Device } from '../protocol/messages.ts';
import { GPU_LIST_COMMAND, parseGpuList } from './parse-gpu-list.ts';
import type { RunCommand } from './run-command.ts';
import { requestedGpus, visibleGpus } from './select-gpus.ts';

export interface DeviceSettings {
  /** Indices as nvidia-smi counts, such as "0,2"; "none" for the CPU; undefined for every visible GPU. */
  gpus?: string | undefined;
  /** `CUDA_VISIBLE_DEVICES` of the server. */
  visibleDevices?: string | undefined;
  /** How many jobs run at once where there is no GPU; at least 1. */
  cpuSlots: number;
}

export interface DiscoveredDevices {
  devices: Device[];
  /** How they were found, as a sentence for the log and for `doctor`. */
  reason: string;
}

/**
 * The devices that jobs run on, one job on each: the GPUs that nvidia-smi lists, less what
 * `CUDA_VISIBLE_DEVICES` and the `gpus` setting leave out; otherwise `cpuSlots` CPU devices.
 * @throws {AppError} `server.no_device` when the `gpus` setting names a GPU that is not there.
 */
export async function discoverDevices(settings: DeviceSettings, run: RunCommand): Promise<DiscoveredDevices> {
  if (settings.gpus === 'none') return cpuDevices(settings.cpuSlots, 'the GPUs are switched off by the gpus setting');

  const answer = await run(GPU_LIST_COMMAND);
  const all = answer?.exitCode === 0 ? parseGpuList(answer.stdout) : [];
  const visible = visibleGpus(all, settings.visibleDevices);
  if (settings.gpus !== undefined && settings.gpus !== '') {
    const chosen = requestedGpus(visible, settings.gpus);
    return { devices: chosen.map(toDevice), reason: `${chosen.length} of ${all.length} GPUs by the gpus setting` };
  }
  if (visible.length > 0) {
    return { devices: visible.map(toDevice), reason: `${visible.length} of ${all.length} GPUs that nvidia-smi lists` };
  }
  if (answer === undefined) return cpuDevices(settings.cpuSlots, 'nvidia-smi is not there or did not answer');
  if (answer.exitCode !== 0) return cpuDevices(settings.cpuSlots, `nvidia-smi failed with code ${answer.exitCode}`);
  if (all.length === 0) return cpuDevices(settings.cpuSlots, 'nvidia-smi lists no GPU');
  return cpuDevices(settings.cpuSlots, `CUDA_VISIBLE_DEVICES hides all ${all.length} GPUs`);
}

function cpuDevices(slots: number, why: string): DiscoveredDevices {
  const name = cpus()[0]?.model.trim() || 'CPU';
  const device = (index: number): Device => ({ kind: 'cpu', index, name, memoryBytes: totalmem() });
  return { devices: Array.from({ length: slots }, (_, index) => device(index)), reason: `${slots} CPU slots: ${why}` };
}

function toDevice({ kind, index, name, memoryBytes }: Device): Device {
  return { kind, index, name, ...(memoryBytes !== undefined && { memoryBytes }) };
}
