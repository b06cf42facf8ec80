import type { Device } from '../protocol/messages.ts';

/** A GPU as nvidia-smi lists it; `index` counts in PCI bus order. */
export interface Gpu extends Device {
  kind: 'cuda';
  uuid: string;
}

/** The query whose answer `parseGpuList` reads. */
export const GPU_LIST_COMMAND = [
  'nvidia-smi',
  '--query-gpu=index,uuid,name,memory.total',
  '--format=csv,noheader',
] as const;

const LINE = /^(\d+),\s*([^,\s]+),\s*(.*),\s*([^,]*)$/;
const MEBIBYTES = /^(\d+)\s*MiB$/;

/**
 * Reads lines such as `0, GPU-5c2f..., NVIDIA H100 80GB HBM3, 81559 MiB`. Lines of another form, such as a
 * warning, are left out; a memory size that is not a number (`[N/A]` where memory is shared with the CPU) is
 * left undefined.
 */
export function parseGpuList(text: string): Gpu[] {
  const gpus: Gpu[] = [];
  for (const line of text.split('\n')) {
    const [, index, uuid, name, memory] = LINE.exec(line.trim()) ?? [];
    if (index === undefined || uuid === undefined || name === undefined || memory === undefined) continue;
    const mebibytes = MEBIBYTES.exec(memory.trim())?.[1];
    gpus.push({
      kind: 'cuda',
      index: Number(index),
      uuid,
      name: name.trim(),
      ...(mebibytes !== undefined && { memoryBytes: Number(mebibytes) * 2 ** 20 }),
    });
  }
  return gpus.sort((a, b) => a.index - b.index);
}
