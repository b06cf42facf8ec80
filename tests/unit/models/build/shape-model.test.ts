import { afterAll, expect, test } from 'bun:test';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fingerprintOf } from '../../../../models/build/derived-file.ts';
import { planShapeModel, type ShapeModelOptions } from '../../../../models/build/shape-model.ts';
import { WeightStore } from '../../../../models/build/weight-store.ts';
import { openCheckpoint } from '../../../../models/checkpoint/open-checkpoint.ts';
import type { InstalledModel } from '../../../../models/store/find-installed.ts';
import { type TinyModel, tinyInstalled } from '../../../helpers/tiny-shape-models.ts';

const folder = mkdtempSync(join(tmpdir(), 'hy3d-shape-model-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OPTIONS = { format: 'fp16', attention: 'fused', experts: 'sparse', conditionCache: true } as const;

function fingerprint(installed: InstalledModel, options: Partial<ShapeModelOptions> = {}): string {
  const model = planShapeModel(installed, { ...OPTIONS, ...options });
  model.close();
  return model.fingerprint;
}

/** A tiny model whose files may be changed. */
function copyOf(key: TinyModel, name: string): InstalledModel {
  const { files, ...rest } = tinyInstalled(key, join(folder, 'derived'));
  const target = join(folder, name);
  cpSync(dirname(files.config), target, { recursive: true });
  const weights = join(target, files.weights.slice(dirname(files.weights).length));
  return { ...rest, files: { config: join(target, 'config.yaml'), weights } };
}

test.each(['2.1', '2mv'] as const)('one derived file of %s serves every way to run it', (key) => {
  const installed = tinyInstalled(key, folder);
  const expected = fingerprint(installed);
  expect(fingerprint(installed, { conditionCache: false })).toBe(expected);
  expect(fingerprint(installed, { attention: 'decomposed', experts: 'dense' })).toBe(expected);
  expect(fingerprint(installed, { format: 'fp32' })).not.toBe(expected);
});

test('a derived file stays what it is when the model is moved', () => {
  expect(fingerprint(copyOf('2.1', 'moved'))).toBe(fingerprint(tinyInstalled('2.1', folder)));
});

test('every tensor counts for the fingerprint', () => {
  const { weights } = copyOf('2mv', 'tuned').files;
  const markOf = () => {
    const checkpoint = openCheckpoint(weights);
    const store = new WeightStore({ format: 'fp16', derivedPath: join(folder, 'none') });
    const mark = fingerprintOf(store, [checkpoint]);
    checkpoint.close();
    return { mark, tensors: [...checkpoint.tensors.values()] };
  };
  const original = readFileSync(weights);
  const { mark, tensors } = markOf();
  expect(tensors.length).toBeGreaterThan(50);
  for (const { byteOffset, byteLength } of tensors) {
    writeFileSync(weights, Buffer.from(original).fill(0x42, byteOffset, byteOffset + byteLength));
    expect(markOf().mark).not.toBe(mark);
  }
});

test('files are closed where the networks cannot be built from them', () => {
  const installed = copyOf('2mv', 'other-model');
  cpSync(tinyInstalled('2.1', folder).files.weights, installed.files.weights);
  const openFiles = () => readdirSync('/proc/self/fd').length;
  const before = openFiles();
  for (let i = 0; i < 3; i++) expect(() => planShapeModel(installed, OPTIONS)).toThrow('do not fit the configuration');
  expect(openFiles()).toBe(before);
});
