import { readFileSync } from 'node:fs';

export interface Tensor {
  shape: number[];
  data: Float32Array;
}

/** Reads the F32 tensors of a small safetensors file: header length (u64), JSON header, data. */
export function readSafetensors(path: string): Record<string, Tensor> {
  const bytes = readFileSync(path);
  const headerSize = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerSize).toString('utf8')) as Record<
    string,
    { dtype?: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors: Record<string, Tensor> = {};
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
    if (dtype !== 'F32') continue;
    const data = bytes.subarray(8 + headerSize + offsets[0], 8 + headerSize + offsets[1]);
    tensors[name] = { shape, data: new Float32Array(Uint8Array.from(data).buffer) };
  }
  return tensors;
}
