import { readFileSync } from 'node:fs';

export interface Tensor {
  shape: number[];
  data: Float32Array;
}

/** Reads the F32 and I32 tensors of a small safetensors file, as float32: header length (u64), JSON header, data. */
export function readSafetensors(path: string): Record<string, Tensor> {
  const bytes = readFileSync(path);
  const headerSize = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerSize).toString('utf8')) as Record<
    string,
    { dtype?: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors: Record<string, Tensor> = {};
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
    if (dtype !== 'F32' && dtype !== 'I32') continue;
    const { buffer } = Uint8Array.from(bytes.subarray(8 + headerSize + offsets[0], 8 + headerSize + offsets[1]));
    const data = dtype === 'F32' ? new Float32Array(buffer) : Float32Array.from(new Int32Array(buffer));
    tensors[name] = { shape, data };
  }
  return tensors;
}
