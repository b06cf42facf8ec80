import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Graph } from '../../../../models/onnx/graph.ts';
import { add } from '../../../../models/onnx/ops.ts';
import { missingCudaLibraries, providersFor } from '../../../../workers/runtime/execution-provider.ts';
import { float32, openNetwork } from '../../../../workers/runtime/network-session.ts';

const cpu = { provider: 'cpu', weightBytes: 0 } as const;

function addGraph(path: string, length: number): Uint8Array {
  const g = new Graph('add');
  const x = g.input('x', 'float32', ['n', 3]);
  g.output('y', add(g, x, g.external('float32', [3], { path, byteOffset: 4, byteLength: length })));
  return g.encode();
}

const folder = mkdtempSync(join(tmpdir(), 'hy3d-session-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a network reads its weights from any place on the machine', async () => {
  const path = join(folder, 'weights.bin');
  writeFileSync(path, new Uint8Array(Float32Array.of(99, 1, 2, 3).buffer));
  const session = await openNetwork(addGraph(path, 12), cpu);
  const { y } = await session.run({ x: float32([2, 3], Float32Array.of(0, 0, 0, 10, 20, 30)) }, ['y']);
  expect(y).toEqual(Float32Array.of(1, 2, 3, 11, 22, 33));
  await session.release();
});

test.each([
  ['missing', 'none.bin', /does not exist|no such file/i],
  ['too short', 'short.bin', /out of bounds|size/i],
])('weights that are %s are a clear error', async (_, name, reason) => {
  writeFileSync(join(folder, 'short.bin'), 'x');
  const opening = openNetwork(addGraph(join(folder, name), 12), cpu);
  await expect(opening).rejects.toThrow(expect.objectContaining({ code: 'runtime.failed' }));
  await expect(opening).rejects.toThrow(reason);
});

test('inputs of a wrong shape are a clear error', async () => {
  const path = join(folder, 'weights.bin');
  writeFileSync(path, new Uint8Array(Float32Array.of(99, 1, 2, 3).buffer));
  const session = await openNetwork(addGraph(path, 12), cpu);
  await expect(session.run({ x: float32([1, 2], Float32Array.of(0, 0)) }, ['y'])).rejects.toThrow(
    expect.objectContaining({ code: 'runtime.failed' }),
  );
  await session.release();
});

test('a GPU never falls back to the processor', () => {
  expect(providersFor({ kind: 'cuda' })).toEqual(['cuda', 'webgpu']);
  expect(providersFor({ kind: 'cpu' })).toEqual(['cpu']);
});

test('the libraries that CUDA lacks are named', () => {
  expect(missingCudaLibraries(folder)).toEqual([
    'libonnxruntime_providers_shared.so',
    'libonnxruntime_providers_cuda.so',
  ]);
});
