import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ModelEntry } from '../../../../models/manifest/model-entry.ts';
import { findInstalled } from '../../../../models/store/find-installed.ts';
import { readInstallRecord, writeInstallRecord } from '../../../../models/store/install-record.ts';
import { removeModel } from '../../../../models/store/remove-model.ts';
import { createTransferMeter } from '../../../../models/store/transfer-rate.ts';
import { asUnwritable } from '../../../../models/store/unwritable.ts';
import { verifyModel } from '../../../../models/store/verify-model.ts';
import { sha256Of } from '../../../helpers/fake-hub.ts';
import { modelEntry } from '../../../helpers/model-entries.ts';
import { safetensorsBytes } from '../../../helpers/safetensors-bytes.ts';

const CONFIG = new TextEncoder().encode('target: tiny\n');
const WEIGHTS = safetensorsBytes({ a: { dtype: 'U8', shape: [4], data_offsets: [0, 4] } }, new Uint8Array(4));

let modelsDir: string;
beforeEach(() => {
  modelsDir = mkdtempSync(join(tmpdir(), 'hy3d-store-test-'));
});
afterEach(() => rmSync(modelsDir, { recursive: true, force: true }));

function place(path: string, bytes: Uint8Array): string {
  const full = join(modelsDir, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, bytes);
  return full;
}

function placeAll(): void {
  place('acme/tiny/shape/config.yaml', CONFIG);
  place('acme/tiny/shape/model.safetensors', WEIGHTS);
}

function record(entry: ModelEntry, files: Record<string, Uint8Array>): void {
  writeInstallRecord(modelsDir, entry.name, {
    licence: { name: 'Test licence', url: 'https://example.org', territory: '', acceptedAt: '2026-01-01T00:00:00Z' },
    files: Object.entries(files).map(([file, bytes]) => ({
      file,
      bytes: bytes.length,
      sha256: sha256Of(bytes),
      source: 'test',
      mtimeMs: statSync(join(modelsDir, file)).mtimeMs,
    })),
  });
}

function withTurboVae(): ModelEntry {
  const entry = modelEntry();
  const shared = { repo: 'acme/vae', optional: true };
  entry.files.push({ role: 'turbo-vae-config', path: 'turbo/config.yaml', ...shared });
  entry.files.push({ role: 'turbo-vae-weights', path: 'turbo/model.safetensors', ...shared });
  return entry;
}

async function verify(entry: ModelEntry) {
  const checks = await Array.fromAsync(verifyModel(modelsDir, entry));
  return checks.map(({ result }) => result);
}

describe('finding what is installed', () => {
  test('files placed by hand count', () => {
    placeAll();
    expect(findInstalled(modelsDir, modelEntry())).toEqual({
      entry: modelEntry(),
      files: {
        config: join(modelsDir, 'acme/tiny/shape/config.yaml'),
        weights: join(modelsDir, 'acme/tiny/shape/model.safetensors'),
      },
      derivedDir: join(modelsDir, '.hy3d/tiny'),
    });
  });

  test('every needed file that is not there is named', () => {
    expect(findInstalled(modelsDir, modelEntry())).toEqual({
      missing: ['acme/tiny/shape/config.yaml', 'acme/tiny/shape/model.safetensors'],
    });
    expect(findInstalled(join(modelsDir, 'nowhere'), modelEntry())).toHaveProperty('missing');
  });

  test('a part, a folder or a file of another size is no file', () => {
    placeAll();
    rmSync(join(modelsDir, 'acme/tiny/shape/config.yaml'));
    mkdirSync(join(modelsDir, 'acme/tiny/shape/config.yaml'));
    const entry = modelEntry();
    entry.files = entry.files.map((file) => (file.role === 'weights' ? { ...file, bytes: 5 } : file));
    expect(findInstalled(modelsDir, entry)).toEqual({
      missing: [
        'acme/tiny/shape/config.yaml',
        `acme/tiny/shape/model.safetensors (has ${WEIGHTS.length} bytes, expected 5)`,
      ],
    });
  });

  test('a file that was cut after its installation is noticed', () => {
    placeAll();
    record(modelEntry(), { 'acme/tiny/shape/model.safetensors': WEIGHTS });
    place('acme/tiny/shape/model.safetensors', WEIGHTS.subarray(1));
    expect(findInstalled(modelsDir, modelEntry())).toHaveProperty('missing');
  });

  test('the turbo VAE is there only with both of its files', () => {
    placeAll();
    const weights = place('acme/vae/turbo/model.safetensors', WEIGHTS);
    expect(findInstalled(modelsDir, withTurboVae())).not.toHaveProperty('files.turboVaeWeights');
    const config = place('acme/vae/turbo/config.yaml', CONFIG);
    expect(findInstalled(modelsDir, withTurboVae())).toHaveProperty('files.turboVaeConfig', config);
    expect(findInstalled(modelsDir, withTurboVae())).toHaveProperty('files.turboVaeWeights', weights);
  });

  test('a record that cannot be read counts as none', () => {
    placeAll();
    place('.hy3d/tiny/installed.json', new TextEncoder().encode('{"files": 3}'));
    expect(readInstallRecord(modelsDir, 'tiny')).toBeUndefined();
    expect(findInstalled(modelsDir, modelEntry())).toHaveProperty('files');
  });
});

describe('verifying', () => {
  test('says that all is right where the digests are known', async () => {
    placeAll();
    record(modelEntry(), { 'acme/tiny/shape/config.yaml': CONFIG, 'acme/tiny/shape/model.safetensors': WEIGHTS });
    expect(await verify(modelEntry())).toEqual(['right', 'right']);
    expect(await verify(withTurboVae())).toEqual(['right', 'right', 'absent', 'absent']);
  });

  test('says that files placed by hand are readable, where nothing is known about them', async () => {
    placeAll();
    expect(await verify(modelEntry())).toEqual(['unknown', 'unknown']);
  });

  test('finds a single changed byte', async () => {
    placeAll();
    record(modelEntry(), { 'acme/tiny/shape/model.safetensors': WEIGHTS });
    place('acme/tiny/shape/model.safetensors', WEIGHTS.with(WEIGHTS.length - 1, 1));
    expect(await verify(modelEntry())).toEqual(['unknown', 'wrong']);
  });

  test('compares with the manifest too', async () => {
    placeAll();
    const entry = modelEntry();
    entry.files = entry.files.map((file) => ({ ...file, sha256: sha256Of(WEIGHTS).slice(0, 16) }));
    expect(await verify(entry)).toEqual(['wrong', 'right']);
  });

  test('finds checkpoints that cannot be read, and files that are not there', async () => {
    place('acme/tiny/shape/model.safetensors', WEIGHTS.subarray(0, WEIGHTS.length - 1));
    expect(await verify(modelEntry())).toEqual(['missing', 'wrong']);
  });
});

describe('removing', () => {
  test('takes files, parts, what was derived, and empty folders', async () => {
    placeAll();
    place('acme/tiny/shape/model.safetensors.part', WEIGHTS);
    place('.hy3d/tiny/graph.onnx', WEIGHTS);
    const other = place('acme/other/model.safetensors', WEIGHTS);
    const { freedBytes, kept } = await removeModel(modelsDir, modelEntry(), [modelEntry()]);
    expect(freedBytes).toBe(CONFIG.length + 3 * WEIGHTS.length);
    expect(kept).toEqual([]);
    expect(existsSync(other)).toBe(true);
    expect(readdirSync(join(modelsDir, 'acme'))).toEqual(['other']);
    expect(readdirSync(join(modelsDir, '.hy3d'))).toEqual([]);
  });

  test('leaves files that another installed model needs', async () => {
    placeAll();
    place('acme/vae/turbo/model.safetensors', WEIGHTS);
    place('acme/vae/turbo/config.yaml', CONFIG);
    place('acme/second/shape/config.yaml', CONFIG);
    const second = { ...withTurboVae(), name: 'second', repo: 'acme/second' };
    const known = [withTurboVae(), second];

    place('acme/second/shape/model.safetensors', WEIGHTS);
    const first = await removeModel(modelsDir, withTurboVae(), known);
    expect(first.kept).toEqual(['acme/vae/turbo/config.yaml', 'acme/vae/turbo/model.safetensors']);
    expect(findInstalled(modelsDir, second)).toHaveProperty('files.turboVaeWeights');

    const last = await removeModel(modelsDir, second, known);
    expect(last.kept).toEqual([]);
    expect(readdirSync(modelsDir)).toEqual(['.hy3d']);
  });
});

test('a full disk is told from other failures', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(asUnwritable('model.part', full)).toMatchObject({
    code: 'model.unwritable',
    message: expect.stringContaining('disk is full'),
  });
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  expect(asUnwritable('model.part', denied).message).toContain('permission denied');
});

describe('rate and time left', () => {
  test('are those of a steady download', () => {
    let now = 0;
    const measure = createTransferMeter(10_000, () => now);
    expect(measure(2000)).toMatchObject({ bytesPerSecond: undefined, secondsLeft: undefined });
    let progress = measure(2000);
    for (let second = 1; second <= 3; second++) {
      now = second * 1000;
      progress = measure(2000 + second * 500);
    }
    expect(progress).toEqual({ receivedBytes: 3500, totalBytes: 10_000, bytesPerSecond: 500, secondsLeft: 13 });
  });

  test('forget what was long ago', () => {
    let now = 0;
    const measure = createTransferMeter(undefined, () => now);
    for (now = 0; now <= 20_000; now += 500) measure(0);
    for (; now <= 40_000; now += 500) measure((now - 20_000) * 2);
    const { bytesPerSecond, secondsLeft } = measure((now - 20_000) * 2);
    expect(bytesPerSecond).toBeCloseTo(2000, 6);
    expect(secondsLeft).toBeUndefined();
  });
});
