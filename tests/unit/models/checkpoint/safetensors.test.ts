import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../../models/checkpoint/open-checkpoint.ts';
import { safetensorsBytes } from '../../../helpers/safetensors-bytes.ts';

const dir = mkdtempSync(join(tmpdir(), 'hy3d-safetensors-test-'));
const path = join(dir, 'model.safetensors');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function open(header: object | string, dataBytes = 0) {
  writeFileSync(path, safetensorsBytes(header, new Uint8Array(dataBytes).fill(7)));
  return openCheckpoint(path);
}

function f32(start: number, end: number, shape: unknown = [(end - start) / 4]) {
  return { dtype: 'F32', shape, data_offsets: [start, end] };
}

test('tensors stand where the header says, in whatever order, empty ones included', () => {
  const header = { __metadata__: { format: 'pt' }, b: f32(16, 24), a: f32(0, 16, [2, 2]), none: f32(16, 16, [0, 5]) };
  const checkpoint = open(header, 24);
  const start = checkpoint.byteLength - 24;
  expect([...checkpoint.tensors.values()]).toEqual([
    { name: 'b', dtype: 'F32', shape: [2], byteOffset: start + 16, byteLength: 8 },
    { name: 'a', dtype: 'F32', shape: [2, 2], byteOffset: start, byteLength: 16 },
    { name: 'none', dtype: 'F32', shape: [0, 5], byteOffset: start + 16, byteLength: 0 },
  ]);
  checkpoint.close();
});

test('a number without dimensions is a tensor of one element', () => {
  const checkpoint = open({ scale: f32(0, 4, []) }, 4);
  expect(checkpoint.tensors.get('scale')?.byteLength).toBe(4);
  checkpoint.close();
});

test('names that mean something to JavaScript are names like others', () => {
  const checkpoint = open({ constructor: f32(0, 4), toString: f32(4, 8) }, 8);
  expect([...checkpoint.tensors.keys()]).toEqual(['constructor', 'toString']);
  checkpoint.close();
});

const BROKEN: [string, object | string, number, RegExp][] = [
  ['overlapping tensors', { a: f32(0, 8), b: f32(4, 12) }, 12, /b starts at byte/],
  ['a gap', { a: f32(0, 8), b: f32(12, 16) }, 16, /b starts at byte/],
  ['data that do not start at 0', { a: f32(4, 8) }, 8, /a starts at byte/],
  ['a tensor beyond the end', { a: f32(0, 16) }, 12, /end at byte/],
  ['bytes that belong to no tensor', { a: f32(0, 8) }, 12, /end at byte/],
  ['offsets in the wrong order', { a: f32(8, 0, [2]) }, 8, /takes 8 bytes, not -8/],
  ['a size that is not that of the shape', { a: f32(0, 8, [3]) }, 8, /takes 12 bytes, not 8/],
  ['a negative dimension', { a: f32(0, 8, [-2]) }, 8, /header entry a.shape/],
  ['a broken dimension', { a: f32(0, 8, [1.5]) }, 8, /header entry a.shape/],
  ['a shape whose product no number holds', { a: f32(0, 8, [2 ** 40, 2 ** 40]) }, 8, /impossible shape/],
  ['offsets that are no numbers', { a: { dtype: 'F32', shape: [2], data_offsets: ['0', '8'] } }, 8, /data_offsets/],
  ['an entry without a type', { a: { shape: [2], data_offsets: [0, 8] } }, 8, /a.dtype/],
  ['metadata that are no texts', { __metadata__: { n: 1 }, a: f32(0, 8) }, 8, /metadata/],
  ['a header that is no JSON', '{"a": ', 0, /not JSON/],
  ['a header that is not UTF-8', '{"a\ud800": ', 0, /not JSON/],
];
test.each(BROKEN)('%s is refused', (_, header, dataBytes, message) => {
  expect(() => open(header, dataBytes)).toThrow(
    expect.objectContaining({ code: 'model.corrupt', message: expect.stringMatching(message) }),
  );
});

test('an element type that is not known is unsupported', () => {
  const header = { a: { dtype: 'F8_E4M3', shape: [2], data_offsets: [0, 2] } };
  expect(() => open(header, 2)).toThrow(expect.objectContaining({ code: 'model.unsupported' }));
});

test('a header length beyond the limit or the file allocates nothing', () => {
  for (const length of [1n, 100_000_001n, 99_999_999n]) {
    const bytes = safetensorsBytes('{"a": 1}');
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    writeFileSync(path, bytes);
    expect(() => openCheckpoint(path)).toThrow(expect.objectContaining({ code: 'model.corrupt' }));
  }
});

test('a file that becomes shorter while it is open is noticed', () => {
  const checkpoint = open({ a: f32(0, 64) }, 64);
  truncateSync(path, checkpoint.byteLength - 8);
  const tensor = checkpoint.tensors.get('a');
  expect(() => tensor && checkpoint.read(tensor)).toThrow(expect.objectContaining({ code: 'model.corrupt' }));
  checkpoint.close();
});
