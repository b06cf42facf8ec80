import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FileRole } from '../../../../../models/manifest/model-entry.ts';
import { storeFilesOf } from '../../../../../models/store/store-layout.ts';
import type { Device } from '../../../../../src/protocol/messages.ts';
import { publishedConfig } from '../../../../../workers/bench/published-config.ts';
import { createHunyuanEngine } from '../../../../../workers/engines/hunyuan/hunyuan-engine.ts';
import { modelEntry } from '../../../../helpers/model-entries.ts';

const CPU: Device = { kind: 'cpu', index: 0, name: 'cpu' };
const GPU: Device = { kind: 'cuda', index: 0, name: 'a GPU', memoryBytes: 24e9 };
const modelsDir = mkdtempSync(join(tmpdir(), 'hy3d-engine-'));
afterAll(() => rmSync(modelsDir, { recursive: true }));

/** What an engine says of itself whose model has this configuration. */
function availability({ model, turboVae }: { model: object; turboVae?: object | undefined }, device: Device) {
  const contents: Partial<Record<FileRole, object>> = {
    config: model,
    weights: {},
    ...(turboVae && { 'turbo-vae-config': turboVae, 'turbo-vae-weights': {} }),
  };
  const entry = modelEntry({
    files: (Object.keys(contents) as FileRole[]).map((role) => ({ role, path: `shape/${role}` })),
  });
  for (const { role, localPath } of storeFilesOf(modelsDir, entry)) {
    mkdirSync(dirname(localPath), { recursive: true });
    // As a file of YAML, of which JSON is a part; nobody reads the weights for this.
    writeFileSync(localPath, JSON.stringify(contents[role]));
  }
  return createHunyuanEngine(entry).availability({ modelsDir, device });
}

test.each([CPU, GPU])(
  'a model whose configuration is none is unfit, so that auto passes it over, on $kind',
  (device) => {
    const { state, reason } = availability({ model: {} }, device);
    expect(state).toBe('unfit');
    expect(reason).toContain('does not describe a model that this version knows');
  },
);

test.each([
  ['2mini-turbo', 'ready'],
  ['2.1', 'slow'],
] as const)('%s with default settings is %s on a processor', (variant, state) => {
  expect(availability(publishedConfig(variant), CPU).state).toBe(state);
});

test('on a GPU the size of the job does not matter', () => {
  expect(availability(publishedConfig('2.1'), GPU).state).toBe(availability(publishedConfig('2mini-turbo'), GPU).state);
});
