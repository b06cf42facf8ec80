import { expect, test } from 'bun:test';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkModels, checkProviders } from '../../src/cli/check-networks.ts';
import { loadConfig } from '../../src/config.ts';
import { modelEntry } from '../helpers/model-entries.ts';

const FIXTURE = join(import.meta.dir, '../fixtures/hunyuan/hunyuan3d-2.1-tiny/hunyuan3d-dit-v2-1');

test('the doctor starts the runtime on the processor and tells what a GPU’s provider lacks', async () => {
  const [cpu, cuda, webgpu] = await checkProviders(loadConfig(), true);
  expect(cpu).toMatchObject({ name: 'networks on cpu', result: 'works' });
  // A machine with CUDA passes; every other one is told which library is missing and how to get it.
  if (cuda?.result === 'works') return;
  expect(cuda?.detail).toMatch(/libonnxruntime_providers_shared|cannot open shared object file|CUDA/);
  expect(cuda?.advice).toContain('install=cuda12');
  expect(webgpu?.name).toBe('networks on webgpu');
}, 60_000);

test('the doctor tells whole models from parts of models', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hy3d-doctor-'));
  const models = ['whole', 'half'].map((name) =>
    modelEntry({
      name,
      repo: `acme/${name}`,
      files: [
        { role: 'config', path: 'config.yaml' },
        { role: 'weights', path: 'model.fp16.ckpt' },
      ],
    }),
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ models }));
  expect(checkModels(folder)).toMatchObject({ result: 'works', detail: expect.stringContaining('none in') });
  cpSync(FIXTURE, join(folder, 'acme/whole'), { recursive: true });
  mkdirSync(join(folder, 'acme/half'));
  cpSync(join(FIXTURE, 'config.yaml'), join(folder, 'acme/half/config.yaml'));
  expect(checkModels(folder)).toMatchObject({
    result: 'attention',
    detail: expect.stringMatching(/^whole in .*only parts of half$/),
    advice: 'Run "hy3d models pull half".',
  });
  writeFileSync(join(folder, 'manifest.json'), '{');
  expect(checkModels(folder)).toMatchObject({ result: 'fails', detail: expect.stringContaining('manifest.json') });
  rmSync(folder, { recursive: true });
});
