import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDerivedFile } from '../../../../../models/build/derived-file.ts';
import { planShapeModel } from '../../../../../models/build/shape-model.ts';
import type { WeightFormat } from '../../../../../models/build/weight-store.ts';
import type { InstalledModel } from '../../../../../models/store/find-installed.ts';
import type { Device } from '../../../../../src/protocol/messages.ts';
import { prepareModel } from '../../../../../workers/engines/hunyuan/prepare-model.ts';
import { type TinyModel, tinyInstalled } from '../../../../helpers/tiny-shape-models.ts';

const CPU: Device = { kind: 'cpu', index: 0, name: 'cpu' };
const GPU: Device = { kind: 'cuda', index: 0, name: 'a GPU', memoryBytes: 24e9 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hy3d-prepare-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A tiny model that says to need so much memory. */
function installed(key: TinyModel, memoryBytes = 1e6): InstalledModel {
  const model = tinyInstalled(key, join(folder, 'derived'));
  return { ...model, entry: { ...model.entry, memoryBytes } };
}

async function prepare(model: InstalledModel, device: Device) {
  const messages: string[] = [];
  const progress: number[] = [];
  const log = (message: string) => messages.push(message);
  const onProgress = (fraction: number) => progress.push(fraction);
  const prepared = await prepareModel(model, { device, fusedAttention: true, log, onProgress });
  prepared.close();
  return { format: prepared.store.options.format, messages, progress };
}

/** As `hy3d models build` does. */
function build(model: InstalledModel, format: WeightFormat): void {
  const options = { format, attention: 'fused', experts: 'sparse', conditionCache: true } as const;
  const { store, fingerprint, close } = planShapeModel(model, options);
  expect(writeDerivedFile(store, fingerprint)).toBe(true);
  close();
}

describe('the form of the weights', () => {
  test.each<[string, Device, number, WeightFormat]>([
    ['a processor', CPU, 1e6, 'fp32'],
    ['a processor with little memory', CPU, 1e15, 'int8'],
    ['a GPU', GPU, 10e9, 'fp16'],
    ['a GPU with little memory', GPU, 30e9, 'int8-fp16'],
    ['a GPU with very little memory', GPU, 60e9, 'int4-fp16'],
    ['a GPU that does not tell its memory', { kind: 'cuda', index: 0, name: 'a GPU' }, 30e9, 'fp16'],
  ])('suits %s, and is written once', async (_, device, memoryBytes, format) => {
    const model = installed('2.1', memoryBytes);
    const first = await prepare(model, device);
    expect(first.format).toBe(format);
    expect(first.messages).toEqual([expect.stringContaining(`preparing ${format} weights once`)]);
    expect(first.progress.at(-1)).toBe(1);
    expect(await prepare(model, device)).toEqual({ format, messages: [], progress: [] });
  });

  test('has fewer bits on a small GPU also where more would need nothing written', async () => {
    expect((await prepare(installed('2mv', 30e9), GPU)).format).toBe('int8-fp16');
  });

  test.each<[Device, WeightFormat]>([
    [CPU, 'fp32'],
    [CPU, 'int4'],
    [CPU, 'fp32-in-place'],
    [GPU, 'fp16'],
    [GPU, 'int4-fp16'],
  ])(
    'is the one that the command line built, rather than one that would have to be, on $0.kind',
    async (device, format) => {
      const model = installed('2.1');
      build(model, format);
      expect(await prepare(model, device)).toEqual({ format, messages: [], progress: [] });
    },
  );
});

describe('where nothing can be written', () => {
  beforeEach(() => writeFileSync(join(folder, 'derived'), 'a file where a folder belongs'));

  test('a processor uses the weights in place, and says so', async () => {
    const { format, messages } = await prepare(installed('2mv'), CPU);
    expect(format).toBe('fp32-in-place');
    expect(messages.at(-1)).toMatch(/Cannot write .*used in place/);
  });

  test.each<[string, TinyModel, Device, number]>([
    ['the model needs weights that the checkpoint does not have', '2.1', CPU, 1e6],
    ['memory is too small for that', '2mv', CPU, 1e15],
    ['a GPU needs them', '2.1', GPU, 1e6],
  ])('the job fails and says what to do where %s', async (_, key, device, memoryBytes) => {
    const attempt = prepare(installed(key, memoryBytes), device);
    await expect(attempt).rejects.toHaveProperty('code', 'model.unwritable');
    await expect(attempt).rejects.toThrow('Run "hy3d models build" as a user who may write there');
  });

  test('a GPU runs a model that needs nothing more than its checkpoint', async () => {
    expect((await prepare(installed('2mv'), GPU)).format).toBe('fp16');
    expect(existsSync(join(folder, 'derived/fp16'))).toBe(false);
  });
});
