import { leastMemoryBytes, WORKING_BYTES } from '../../../models/manifest/least-memory.ts';
import type { ModelEntry } from '../../../models/manifest/model-entry.ts';
import type { Device } from '../../../src/protocol/messages.ts';

/** Share of a GPU's memory that networks and their work may take: a desktop and other programs need some, too. */
const GPU_SHARE = 0.8;
/** Share of the free memory of a machine that networks may take while they wait for a job. */
const FREE_SHARE = 0.5;

/** Why a GPU is too small for a model in any form of its weights, as a clause for people; undefined where it may do. */
export function whyTooSmall(entry: Pick<ModelEntry, 'memoryBytes'>, device: Device): string | undefined {
  const needBytes = leastMemoryBytes(entry);
  if (device.kind === 'cpu' || device.memoryBytes === undefined || device.memoryBytes >= needBytes) return undefined;
  return `it needs about ${gigabytes(needBytes)} GB of memory even with 4-bit weights, and ${device.name} has ${gigabytes(device.memoryBytes)} GB`;
}

/**
 * Bytes of weights that may stay on a device between their uses, with room beside them to work in.
 * @param freeBytes free memory of the machine
 */
export function keepableBytes({ kind, memoryBytes = 0 }: Device, freeBytes: number): number {
  if (kind === 'cpu') return FREE_SHARE * freeBytes;
  return Math.max(0, GPU_SHARE * memoryBytes - WORKING_BYTES);
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
