import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDerivedFile } from '../../models/build/derived-file.ts';
import { planShapeModel, type ShapeModel, type ShapeModelOptions } from '../../models/build/shape-model.ts';
import { PUBLISHED_MODELS } from '../../models/manifest/published-models.ts';
import type { InstalledModel } from '../../models/store/find-installed.ts';
import { readSafetensors, type Tensor } from './read-safetensors.ts';

const FIXTURES = join(import.meta.dir, '../fixtures/hunyuan');

/** The tiny checkpoints: folder, and the folders of the model and of its turbo VAE within. */
export const TINY_MODELS = {
  '2.1': { name: 'hunyuan3d-2.1', folder: 'hunyuan3d-2.1-tiny', dit: 'hunyuan3d-dit-v2-1', file: 'model.fp16.ckpt' },
  '2mv': {
    name: 'hunyuan3d-2mv',
    folder: 'hunyuan3d-2mv-tiny',
    dit: 'hunyuan3d-dit-v2-mv',
    file: 'model.fp16.safetensors',
  },
  '2mini-turbo': {
    name: 'hunyuan3d-2mini-turbo',
    folder: 'hunyuan3d-2mini-turbo-tiny',
    dit: 'hunyuan3d-dit-v2-mini-turbo',
    file: 'model.fp16.safetensors',
  },
} as const;
export type TinyModel = keyof typeof TINY_MODELS;

/** A tiny checkpoint as it would be found in a models folder. */
export function tinyInstalled(key: TinyModel, derivedDir: string, withTurboVae = false): InstalledModel {
  const { name, folder, dit, file } = TINY_MODELS[key];
  const entry = PUBLISHED_MODELS.find((model) => model.name === name);
  if (entry === undefined) throw new Error(`no model ${name}`);
  const path = (...parts: string[]) => join(FIXTURES, folder, ...parts);
  const turbo = {
    turboVaeConfig: path('hunyuan3d-vae-v2-mini-turbo/config.yaml'),
    turboVaeWeights: path('hunyuan3d-vae-v2-mini-turbo/model.fp16.safetensors'),
  };
  return {
    entry,
    derivedDir,
    files: { config: path(dit, 'config.yaml'), weights: path(dit, file), ...(withTurboVae && turbo) },
  };
}

/** What the reference computes from a tiny checkpoint. */
export function tinyReference(key: TinyModel): Record<string, Tensor> {
  return readSafetensors(join(FIXTURES, TINY_MODELS[key].folder, 'reference.safetensors'));
}

/** A planned and built tiny model; `dispose` removes what was written. */
export function openTinyModel(
  key: TinyModel,
  options: Partial<ShapeModelOptions> = {},
  withTurboVae = false,
): { model: ShapeModel; dispose(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'hy3d-tiny-'));
  const defaults = { format: 'fp32', attention: 'fused', experts: 'sparse', conditionCache: true } as const;
  const model = planShapeModel(tinyInstalled(key, folder, withTurboVae), { ...defaults, ...options });
  writeDerivedFile(model.store, model.fingerprint);
  return {
    model,
    dispose: () => {
      model.close();
      rmSync(folder, { recursive: true });
    },
  };
}
