import type { ModelEntry } from '../../../models/manifest/model-entry.ts';
import type { Device } from '../../../src/protocol/messages.ts';

/** What a job needs besides weights; part of every entry's `memoryBytes`. */
const WORKING_BYTES = 2e9;
/** 4-bit weights, the smallest form, to the 16-bit ones that an entry's `memoryBytes` counts. */
const SMALLEST_SHARE = 4 / 16;

/** Rough need of memory of a model whose weights have the smallest form. */
export function leastMemoryBytes({ memoryBytes }: Pick<ModelEntry, 'memoryBytes'>): number {
  const workingBytes = Math.min(WORKING_BYTES, memoryBytes);
  return workingBytes + SMALLEST_SHARE * (memoryBytes - workingBytes);
}

/** Why a GPU is too small for a model in any form of its weights, as a clause for people; undefined where it may do. */
export function whyTooSmall(entry: Pick<ModelEntry, 'memoryBytes'>, device: Device): string | undefined {
  const needBytes = leastMemoryBytes(entry);
  if (device.kind === 'cpu' || device.memoryBytes === undefined || device.memoryBytes >= needBytes) return undefined;
  return `it needs about ${gigabytes(needBytes)} GB of memory even with 4-bit weights, and ${device.name} has ${gigabytes(device.memoryBytes)} GB`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
