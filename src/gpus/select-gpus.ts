import { AppError } from '../errors.ts';
import type { Gpu } from './parse-gpu-list.ts';

/**
 * The GPUs that `CUDA_VISIBLE_DEVICES` leaves visible, read as CUDA does: a list of indices or of (beginnings
 * of) UUIDs, cut at the first entry that names no GPU; empty hides all; absent hides none. Indices count in PCI
 * bus order, which is the order that workers are told to use.
 */
export function visibleGpus(gpus: readonly Gpu[], visibleDevices: string | undefined): Gpu[] {
  if (visibleDevices === undefined) return [...gpus];
  const visible: Gpu[] = [];
  for (const entry of visibleDevices.split(',').map((part) => part.trim())) {
    const gpu = gpus.find((candidate) => names(entry, candidate));
    if (gpu === undefined || visible.includes(gpu)) break;
    visible.push(gpu);
  }
  return visible;
}

function names(entry: string, gpu: Gpu): boolean {
  return /^\d+$/.test(entry) ? Number(entry) === gpu.index : entry.startsWith('GPU-') && gpu.uuid.startsWith(entry);
}

/**
 * The GPUs that the `gpus` setting (`"0,2"`) asks for, in that order.
 * @throws {AppError} `server.no_device` when it is malformed or names a GPU that is not among `gpus`.
 */
export function requestedGpus(gpus: readonly Gpu[], setting: string): Gpu[] {
  const chosen: Gpu[] = [];
  for (const entry of setting.split(',').map((part) => part.trim())) {
    const gpu = /^\d+$/.test(entry) ? gpus.find((candidate) => candidate.index === Number(entry)) : undefined;
    if (gpu === undefined) {
      const known =
        gpus.length === 0 ? 'no GPU is visible here' : `visible here: ${gpus.map((g) => g.index).join(', ')}`;
      throw new AppError('server.no_device', `gpus: expected indices such as "0,2" of GPUs, got "${entry}"; ${known}.`);
    }
    if (!chosen.includes(gpu)) chosen.push(gpu);
  }
  return chosen;
}
