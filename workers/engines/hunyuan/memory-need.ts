import { leastMemoryBytes } from '../../../models/manifest/least-memory.ts';
import type { ModelEntry } from '../../../models/manifest/model-entry.ts';
import type { Device } from '../../../src/protocol/messages.ts';

/** Why a GPU is too small for a model in any form of its weights, as a clause for people; undefined where it may do. */
export function whyTooSmall(entry: Pick<ModelEntry, 'memoryBytes'>, device: Device): string | undefined {
  const needBytes = leastMemoryBytes(entry);
  if (device.kind === 'cpu' || device.memoryBytes === undefined || device.memoryBytes >= needBytes) return undefined;
  return `it needs about ${gigabytes(needBytes)} GB of memory even with 4-bit weights, and ${device.name} has ${gigabytes(device.memoryBytes)} GB`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
