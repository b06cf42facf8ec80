import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { toFloat32 } from '../../../../models/build/convert-elements.ts';
import {
  derivedState,
  ensureDerivedFile,
  fingerprintOf,
  verifyDerivedFile,
  writeDerivedFile,
} from '../../../../models/build/derived-file.ts';
import { WEIGHT_FORMATS, type WeightFormat, WeightStore } from '../../../../models/build/weight-store.ts';
import { openCheckpoint } from '../../../../models/checkpoint/open-checkpoint.ts';
import { safetensorsBytes } from '../../../helpers/safetensors-bytes.ts';

const FIXTURES = join(import.meta.dir, '../../../fixtures/hunyuan');
const folder = mkdtempSync(join(tmpdir(), 'hy3d-weights-'));
const checkpoint = openCheckpoint(join(FIXTURES, 'hunyuan3d-2mv-tiny/hunyuan3d-dit-v2-mv/model.fp16.safetensors'));
afterAll(() => {
  checkpoint.close();
  rmSync(folder, { recursive: true });
});

const NAME = 'double_blocks.0.img_attn.qkv.weight';
const SHAPE = [192, 64];

function createStore(format: WeightFormat, name: string = format): WeightStore {
  return new WeightStore({ format, derivedPath: join(folder, name, 'weights.bin'), smallestQuantisedWeight: 0 });
}

function stored(name: string): Float32Array<ArrayBuffer> {
  const tensor = checkpoint.tensors.get(`model.${name}`)!;
  return toFloat32(checkpoint.read(tensor), 'F16');
}

function readBack(place: { path: string; byteOffset: number; byteLength: number }): Uint8Array<ArrayBuffer> {
  const bytes = readFileSync(place.path);
  return Uint8Array.from(bytes.subarray(place.byteOffset, place.byteOffset + place.byteLength));
}

describe('a weight store', () => {
  test('points 16-bit networks straight into the checkpoint', () => {
    const store = createStore('fp16');
    const place = store.source(checkpoint, 'model.').tensor(NAME, SHAPE);
    expect(place).toMatchObject({ path: checkpoint.path, dtype: 'float16', byteLength: 192 * 64 * 2 });
    expect(toFloat32(readBack(place), 'F16')).toEqual(stored(NAME));
    expect(derivedState(store, 'any')).toBe('not needed');
  });

  test('points in place for 32-bit arithmetic too where no copy is wanted', () => {
    const place = createStore('fp32-in-place').source(checkpoint, 'model.').tensor(NAME, SHAPE);
    expect(place).toMatchObject({ path: checkpoint.path, dtype: 'float16' });
  });

  test('plans a 32-bit copy once, however often it is asked for', () => {
    const store = createStore('fp32');
    const source = store.source(checkpoint, 'model.');
    expect(source.tensor(NAME, SHAPE)).toEqual(source.tensor(NAME, SHAPE));
    expect(store.derived.length).toBe(1);
  });

  test('writes copies, stacked rows and computed values where it promised them', () => {
    const store = createStore('fp32', 'mixed');
    const source = store.source(checkpoint, 'model.');
    const copy = source.tensor(NAME, SHAPE);
    const rows = source.stackedRows(
      'stacked',
      [
        { tensor: NAME, firstRow: 3, rowCount: 2 },
        { tensor: 'double_blocks.0.img_attn.proj.weight', firstRow: 0, rowCount: 1 },
      ],
      64,
    );
    const sums = source.computed('doubled', [64], (read) => read('latent_in.bias').map((x) => 2 * x));
    writeDerivedFile(store, 'mark');
    const whole = stored(NAME);
    expect(toFloat32(readBack(copy), 'F32')).toEqual(whole);
    const stacked = toFloat32(readBack(rows), 'F32');
    expect(stacked.subarray(0, 128)).toEqual(whole.subarray(192, 320));
    expect(stacked.subarray(128)).toEqual(stored('double_blocks.0.img_attn.proj.weight').subarray(0, 64));
    expect(toFloat32(readBack(sums), 'F32')).toEqual(stored('latent_in.bias').map((x) => 2 * x));
    expect(sums.byteOffset % 64).toBe(0);
  });

  test.each(['int8', 'int4', 'int8-fp16'] as const)('keeps %s weights within a step of the stored ones', (format) => {
    const store = createStore(format);
    const few = store.source(checkpoint, 'model.').quantised(NAME, NAME, 192, 64)!;
    writeDerivedFile(store, 'mark');
    const codes = readBack(few.codes);
    const scales = toFloat32(readBack(few.scales), WEIGHT_FORMATS[format].compute === 'float16' ? 'F16' : 'F32');
    for (const [i, value] of stored(NAME).entries()) {
      const scale = scales[Math.floor(i / 32)]!;
      const code = few.bits === 8 ? codes[i]! : (codes[i >> 1]! >> (4 * (i & 1))) & 15;
      expect(Math.abs((code - 2 ** (few.bits - 1)) * scale - value)).toBeLessThanOrEqual(Math.abs(scale) * 1.1);
    }
  });

  test.each([
    ['a tensor that is missing', 'nothing.weight', [1]],
    ['a tensor of another shape', NAME, [64, 192]],
  ])('refuses %s and says what it found', (_, name, shape) => {
    const ask = () => createStore('fp32').source(checkpoint, 'model.').tensor(name, shape);
    expect(ask).toThrow(expect.objectContaining({ code: 'model.unsupported' }));
    expect(ask).toThrow(name);
  });
});

test.each(['fp16', 'fp32', 'fp32-in-place'] as const)('weights of 64 bits are refused as %s', (format) => {
  const path = join(folder, 'doubles.safetensors');
  writeFileSync(path, safetensorsBytes({ w: { dtype: 'F64', shape: [2], data_offsets: [0, 16] } }, new Uint8Array(16)));
  const doubles = openCheckpoint(path);
  const ask = () => createStore(format).source(doubles, '').tensor('w', [2]);
  expect(ask).toThrow('w in F64 where F16, BF16 or F32 was expected');
  doubles.close();
});

describe('the derived file', () => {
  function plan(name: string): WeightStore {
    const store = createStore('fp32', name);
    store.source(checkpoint, 'model.').tensor(NAME, SHAPE);
    return store;
  }

  test('is absent, then current, and verifies', async () => {
    const store = plan('life');
    const fingerprint = fingerprintOf(store, [checkpoint]);
    expect(derivedState(store, fingerprint)).toBe('absent');
    const progress: number[] = [];
    writeDerivedFile(store, fingerprint, (fraction) => progress.push(fraction));
    expect(progress.at(-1)).toBe(1);
    expect(derivedState(store, fingerprint)).toBe('current');
    expect(await verifyDerivedFile(store, fingerprint)).toBeUndefined();
  });

  test('is stale for other weights and for another layout', () => {
    const store = plan('stale');
    writeDerivedFile(store, fingerprintOf(store, [checkpoint]));
    expect(derivedState(store, 'of other weights')).toBe('stale');
    store.source(checkpoint, 'model.').tensor('latent_in.bias', [64]);
    expect(derivedState(store, fingerprintOf(store, [checkpoint]))).toBe('stale');
  });

  test('that was changed on the disk is found out by verifying', async () => {
    const store = plan('changed');
    const fingerprint = fingerprintOf(store, [checkpoint]);
    writeDerivedFile(store, fingerprint);
    const bytes = readFileSync(store.options.derivedPath);
    bytes[1000]! ^= 1;
    writeFileSync(store.options.derivedPath, bytes);
    expect(await verifyDerivedFile(store, fingerprint)).toContain('differs from what was written');
  });

  test('is waited for while another process writes it', async () => {
    const store = plan('shared');
    const part = `${store.options.derivedPath}.part`;
    mkdirSync(dirname(part), { recursive: true });
    writeFileSync(part, 'half');
    let waits = 0;
    const onWait = () => {
      waits++;
      // The other process gets done.
      rmSync(part);
      expect(writeDerivedFile(store, 'mark')).toBe(true);
    };
    expect(writeDerivedFile(store, 'mark')).toBe(false);
    await ensureDerivedFile(store, 'mark', { onWait, onProgress: () => expect.unreachable() });
    expect(waits).toBe(1);
    expect(derivedState(store, 'mark')).toBe('current');
  });

  test('is not begun where the disk has no room for it', () => {
    const store = createStore('fp32', 'huge');
    store.derive('huge', 'float32', 1e14, () => []);
    expect(() => writeDerivedFile(store, 'mark')).toThrow(/expected room for 400000\.0 GB/);
    expect(derivedState(store, 'mark')).toBe('absent');
  });

  test('is taken away again where making it fails', () => {
    const store = createStore('fp32', 'failing');
    store.derive('short', 'float32', 4, () => [new Uint8Array(15)]);
    expect(() => writeDerivedFile(store, 'mark')).toThrow(/short: expected 16 bytes, got 15/);
    expect(readdirSync(join(folder, 'failing'))).toEqual([]);
  });

  test('leaves nothing behind where it cannot be written', () => {
    writeFileSync(join(folder, 'a-file'), '');
    const store = plan('a-file/below');
    expect(() => writeDerivedFile(store, 'mark')).toThrow(expect.objectContaining({ code: 'model.unwritable' }));
    expect(derivedState(store, 'mark')).toBe('absent');
  });
});
