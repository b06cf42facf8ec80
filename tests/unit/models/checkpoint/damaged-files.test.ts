import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openCheckpoint } from '../../../../models/checkpoint/open-checkpoint.ts';
import { AppError } from '../../../../src/errors.ts';
import { mapping, orderedMapping, pickled, tensor } from '../../../helpers/pickle-bytes.ts';
import { safetensorsBytes } from '../../../helpers/safetensors-bytes.ts';
import { writeZip } from '../../../helpers/write-zip.ts';

const dir = mkdtempSync(join(tmpdir(), 'hy3d-damage-test-'));
const path = join(dir, 'model');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function archive(zip64: boolean): Uint8Array {
  const vector = (storage: string, elements: number) => tensor({ storage, elements, shape: [elements], strides: [1] });
  const value = mapping({ model: orderedMapping({ a: vector('0', 4), b: vector('1', 8) }), vae: vector('2', 1) });
  const storages = [4, 8, 1].map((elements, i) => ({ name: `m/data/${i}`, bytes: new Uint8Array(2 * elements) }));
  const byteOrder = { name: 'm/byteorder', bytes: new TextEncoder().encode('little') };
  writeZip(path, [{ name: 'm/data.pkl', bytes: pickled(value) }, byteOrder, ...storages], { zip64 });
  return readFileSync(path);
}

function table(): Uint8Array {
  const entry = (start: number, end: number, shape: number[]) => ({ dtype: 'F16', shape, data_offsets: [start, end] });
  const header = { __metadata__: { format: 'pt' }, 'model.a': entry(0, 16, [2, 4]), 'vae.b': entry(16, 20, [2]) };
  return safetensorsBytes(header, new Uint8Array(20));
}

/** Either a readable checkpoint with every tensor inside the file, or one of the two errors. */
function expectHarmless(bytes: Uint8Array): void {
  writeFileSync(path, bytes);
  try {
    const checkpoint = openCheckpoint(path);
    for (const tensor of checkpoint.tensors.values()) {
      expect(tensor.byteOffset).toBeGreaterThanOrEqual(0);
      expect(checkpoint.read(tensor).length).toBe(tensor.byteLength);
    }
    checkpoint.close();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(['model.corrupt', 'model.unsupported']).toContain(error.code);
  }
}

test.each([
  ['a PyTorch archive', archive(false)],
  ['a PyTorch archive with ZIP64 records', archive(true)],
  ['a safetensors file', table()],
])('%s does no harm with bytes changed at random', (_, valid) => {
  const change = fc.tuple(fc.nat(valid.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0xff)));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      const bytes = Uint8Array.from(valid);
      for (const [at, value] of changes) bytes[at] = value;
      expectHarmless(bytes);
    }),
    { numRuns: 1500 },
  );
});

test.each([
  ['a PyTorch archive', archive(false)],
  ['a PyTorch archive with ZIP64 records', archive(true)],
  ['a safetensors file', table()],
])('%s cut at any byte is refused', (_, valid) => {
  for (let length = 0; length < valid.length; length += 3) {
    writeFileSync(path, valid.subarray(0, length));
    expect(() => openCheckpoint(path)).toThrow(expect.objectContaining({ code: 'model.corrupt' }));
  }
});
