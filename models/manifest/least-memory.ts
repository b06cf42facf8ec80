import type { ModelEntry } from './model-entry.ts';

/** What a job needs besides weights; part of every entry's `memoryBytes`. */
export const WORKING_BYTES = 2e9;
/** Bits of the weights that an entry's `memoryBytes` counts. */
const FULL_BITS = 16;
const FEWEST_BITS = 4;

/** Rough need of memory of a model whose weights have so many bits. */
export function memoryNeed({ memoryBytes }: Pick<ModelEntry, 'memoryBytes'>, bits: number): number {
  const workingBytes = Math.min(WORKING_BYTES, memoryBytes);
  return workingBytes + (bits / FULL_BITS) * (memoryBytes - workingBytes);
}

/** Rough need of memory of a model whose weights have the smallest form. */
export function leastMemoryBytes(entry: Pick<ModelEntry, 'memoryBytes'>): number {
  return memoryNeed(entry, FEWEST_BITS);
}
