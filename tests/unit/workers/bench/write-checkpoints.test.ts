import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../../models/checkpoint/open-checkpoint.ts';
import { type HalfTensor, writeSafetensors, writeTorchArchive } from '../../../../workers/bench/write-checkpoints.ts';

const folder = mkdtempSync(join(tmpdir(), 'hy3d-write-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TENSORS: HalfTensor[] = [
  { name: 'model.blocks.0.weight', shape: [3, 5], values: () => Uint16Array.from({ length: 15 }, (_, i) => i) },
  { name: 'model.bias', shape: [7], values: () => Uint16Array.from({ length: 7 }, (_, i) => 100 + i) },
  { name: 'vae.post_kl.weight', shape: [1, 2, 3], values: () => Uint16Array.from({ length: 6 }, (_, i) => 60_000 + i) },
];

test.each([
  ['safetensors', writeSafetensors],
  ['a PyTorch archive', writeTorchArchive],
])('what is written as %s is read again, aligned', (name, write) => {
  const path = join(folder, name);
  write(path, TENSORS);
  const checkpoint = openCheckpoint(path);
  expect([...checkpoint.tensors.keys()]).toEqual(TENSORS.map((tensor) => tensor.name));
  for (const { name: tensorName, shape, values } of TENSORS) {
    const tensor = checkpoint.tensors.get(tensorName)!;
    expect(tensor).toMatchObject({ dtype: 'F16', shape });
    expect(tensor.byteOffset % 2).toBe(0);
    expect(new Uint16Array(checkpoint.read(tensor).buffer)).toEqual(values());
  }
  checkpoint.close();
});
