import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../../models/checkpoint/open-checkpoint.ts';
import {
  build,
  call,
  global,
  int,
  mapping,
  orderedMapping,
  pickled,
  tensor,
  text,
} from '../../../helpers/pickle-bytes.ts';
import { writeZip, type ZipSource } from '../../../helpers/write-zip.ts';

const dir = mkdtempSync(join(tmpdir(), 'hy3d-torch-test-'));
const path = join(dir, 'model.ckpt');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const halves = (...values: number[]) => new Uint8Array(Float16Array.from(values).buffer);
const vector = (storage: string, elements: number) => tensor({ storage, elements, shape: [elements], strides: [1] });

function open(value: number[], storages: Record<string, Uint8Array | number>, options = {}, more: ZipSource[] = []) {
  const files = Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, bytes }));
  writeZip(path, [{ name: 'archive/data.pkl', bytes: pickled(value) }, ...more, ...files], options);
  return openCheckpoint(path);
}

const refused = (message: RegExp, code = 'model.corrupt') =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('tensors', () => {
  test('are named by the mappings around them; values of other kinds are left out', () => {
    const checkpoint = open(
      mapping({
        model: build(orderedMapping({ 'blocks.0.weight': vector('0', 2) }), mapping({ _metadata: mapping({}) })),
        vae: mapping({ 'post_kl.bias': vector('1', 3) }),
        step: int(7),
        note: text('trained'),
      }),
      { 0: halves(1, 2), 1: halves(3, 4, 5) },
    );
    expect([...checkpoint.tensors.keys()]).toEqual(['model.blocks.0.weight', 'vae.post_kl.bias']);
    const bias = checkpoint.tensors.get('vae.post_kl.bias');
    expect(bias && checkpoint.read(bias)).toEqual(halves(3, 4, 5));
    checkpoint.close();
  });

  test('may share a storage, with an offset each', () => {
    const part = (offset: number, shape: number[], strides: number[]) =>
      tensor({ storage: '0', elements: 6, offset, shape, strides });
    const checkpoint = open(mapping({ a: part(0, [2], [1]), b: part(2, [2, 2], [2, 1]), all: part(0, [6], [1]) }), {
      0: halves(1, 2, 3, 4, 5, 6),
    });
    const read = (name: string) => {
      const found = checkpoint.tensors.get(name);
      return found && [...new Float16Array(checkpoint.read(found).buffer)];
    };
    expect([read('a'), read('b'), read('all')]).toEqual([
      [1, 2],
      [3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
    ]);
    checkpoint.close();
  });

  test('may be parameters, empty, single numbers, or have any stride along a side of 1', () => {
    const parameter = call(global('torch._utils', '_rebuild_parameter'), vector('0', 2), [0x88], mapping({}));
    const checkpoint = open(
      mapping({
        parameter,
        empty: tensor({ storage: '1', elements: 0, shape: [3, 0], strides: [0, 1] }),
        scalar: tensor({ storage: '0', elements: 2, offset: 1, shape: [], strides: [] }),
        thin: tensor({ storage: '0', elements: 2, shape: [1, 2, 1], strides: [99, 1, 7] }),
      }),
      { 0: halves(1, 2), 1: halves() },
    );
    expect([...checkpoint.tensors.values()].map(({ byteLength }) => byteLength)).toEqual([4, 0, 2, 4]);
    checkpoint.close();
  });

  test.each([
    ['HalfStorage', 'F16', 2],
    ['BFloat16Storage', 'BF16', 2],
    ['FloatStorage', 'F32', 4],
    ['DoubleStorage', 'F64', 8],
    ['LongStorage', 'I64', 8],
    ['IntStorage', 'I32', 4],
    ['ByteStorage', 'U8', 1],
    ['BoolStorage', 'BOOL', 1],
  ])('a %s is read as %s', (type, dtype, bytes) => {
    const value = mapping({ a: tensor({ storage: '0', elements: 4, shape: [4], strides: [1], type }) });
    const checkpoint = open(value, { 0: new Uint8Array(4 * bytes) });
    expect(checkpoint.tensors.get('a')).toMatchObject({ dtype, byteLength: 4 * bytes });
    checkpoint.close();
  });

  test.each([
    ['transposed', { shape: [2, 3], strides: [1, 2] }, refused(/row-major/, 'model.unsupported')],
    ['expanded', { shape: [3, 2], strides: [0, 1] }, refused(/row-major/, 'model.unsupported')],
    ['larger than its storage', { shape: [7], strides: [1] }, refused(/leaves its storage/)],
    ['placed beyond its storage', { shape: [2], strides: [1], offset: 5 }, refused(/leaves its storage/)],
    ['shaped beyond all numbers', { shape: [2 ** 40, 2 ** 40], strides: [2 ** 40, 1] }, refused(/impossible shape/)],
  ])('%s ones are refused', (_, layout, error) => {
    const value = mapping({ a: tensor({ storage: '0', elements: 6, ...layout }) });
    expect(() => open(value, { 0: halves(1, 2, 3, 4, 5, 6) })).toThrow(error);
  });

  test('without their bytes, or with too few, are refused', () => {
    expect(() => open(mapping({ a: vector('0', 2) }), {})).toThrow(refused(/bytes of a are not in the archive/));
    expect(() => open(mapping({ a: vector('0', 2) }), { 0: halves(1) })).toThrow(refused(/has 2 bytes/));
  });
});

describe('archives', () => {
  test('with ZIP64 records read like others', () => {
    const checkpoint = open(mapping({ a: vector('0', 2) }), { 0: halves(1, 2) }, { zip64: true });
    const a = checkpoint.tensors.get('a');
    expect(a && checkpoint.read(a)).toEqual(halves(1, 2));
    checkpoint.close();
  });

  test('larger than 4 GiB are read by ranges', () => {
    const huge = 2 ** 32 + 2 ** 20;
    const value = mapping({ huge: vector('0', huge / 2), small: vector('1', 3) });
    const checkpoint = open(value, { 0: huge, 1: halves(7, 8, 9) });
    const small = checkpoint.tensors.get('small');
    expect(checkpoint.tensors.get('huge')?.byteLength).toBe(huge);
    expect(small?.byteOffset).toBeGreaterThan(2 ** 32);
    expect(small && checkpoint.read(small)).toEqual(halves(7, 8, 9));
    checkpoint.close();
    rmSync(path);
  });

  test('payloads are aligned to 64 bytes by their local headers, and found there', () => {
    const checkpoint = open(mapping({ a: vector('0', 2) }), { 0: halves(1, 2) });
    expect((checkpoint.tensors.get('a')?.byteOffset ?? 1) % 64).toBe(0);
    checkpoint.close();
  });

  test.each([
    ['compressed', { method: 8 }, /compressed/],
    ['encrypted', { flags: 1 }, /encrypted/],
  ])('with %s entries are unsupported', (_, more, message) => {
    const entry = { name: 'archive/version', bytes: halves(3), ...more };
    expect(() => open(mapping({}), {}, {}, [entry])).toThrow(refused(message, 'model.unsupported'));
  });

  test('that hold a name twice are refused', () => {
    const entry = { name: 'archive/data.pkl', bytes: halves(3) };
    expect(() => open(mapping({}), {}, {}, [entry])).toThrow(refused(/twice/));
  });

  test('in big-endian order are unsupported', () => {
    const order = { name: 'archive/byteorder', bytes: new TextEncoder().encode('big') };
    expect(() => open(mapping({}), {}, {}, [order])).toThrow(refused(/byte order/, 'model.unsupported'));
  });

  test('without a table are no PyTorch files', () => {
    writeZip(path, [{ name: 'readme.txt', bytes: halves(1) }]);
    expect(() => openCheckpoint(path)).toThrow(refused(/no data.pkl/));
  });

  test('of something other than a mapping are unsupported', () => {
    expect(() => open(vector('0', 2), { 0: halves(1, 2) })).toThrow(
      refused(/other than a mapping/, 'model.unsupported'),
    );
  });
});
