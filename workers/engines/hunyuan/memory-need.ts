import type { ModelEntry } from '../../../models/manifest/model-entry.ts';
import type { Device } from '../../../src/protocol/messages.ts';

/** What a job needs besides weights; part of every entry's `memoryBytes`. */
const WORKING_BYTES = 2e9;
/** Bits of the weights that an entry's `memoryBytes` counts. */
const FULL_BITS = 16;
const FEWEST_BITS = 4;

/** Rough need of memory of a model whose weights have so many bits. */
export function memoryNeed({ memoryBytes }: Pick<ModelEntry, 'memoryBytes'>, bits: number): number {
  const workingBytes = Math.min(WORKING_BYTES, memoryBytes);
  return workingBytes + (bits / FULL_BITS) * (memoryBytes - workingBytes);
}

/** Why a GPU is too small for a model in any form of its weights, as a clause for people; undefined where it may do. */
export function whyTooSmall(entry: Pick<ModelEntry, 'memoryBytes'>, device: Device): string | undefined {
  const needBytes = memoryNeed(entry, FEWEST_BITS);
  if (device.kind === 'cpu' || device.memoryBytes === undefined || device.memoryBytes >= needBytes) return undefined;
  return `it needs about ${gigabytes(needBytes)} GB of memory even with 4-bit weights, and ${device.name} has ${gigabytes(device.memoryBytes)} GB`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
