import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { denoiserBuilders } from '../../models/build/denoiser-builders.ts';
import { conditionerConfig, geometryConfig, vaeConfig } from '../../models/build/network-configs.ts';
import { readShapeModelConfig, readVaeConfig, type VaeConfig } from '../../models/config/shape-model-config.ts';
import { readOwnModels } from '../../models/manifest/load-manifest.ts';
import type { ModelEntry } from '../../models/manifest/model-entry.ts';
import { PUBLISHED_MODELS } from '../../models/manifest/published-models.ts';
import { buildDinov2 } from '../../models/networks/dinov2.ts';
import { buildGeometryDecoder, buildGeometryKeys } from '../../models/networks/geometry-decoder.ts';
import { buildShapeVae } from '../../models/networks/shape-vae.ts';
import { findInstalled, type InstalledModel } from '../../models/store/find-installed.ts';
import { storeFilesOf } from '../../models/store/store-layout.ts';
import { publishedConfig, type Variant } from './published-config.ts';
import { randomTensor } from './random-tensor.ts';
import { recordTensors, type TensorShapes } from './record-tensors.ts';
import { type HalfTensor, writeSafetensors, writeTorchArchive } from './write-checkpoints.ts';

const OPTIONS = { attention: 'fused', experts: 'sparse', conditionCache: false } as const;
const ENCODER = 'main_image_encoder.model.';

const RANDOM_SUFFIX = ', random weights';

/**
 * Writes a model with the published dimensions, names and container and random weights into a models folder of its own,
 * with a manifest that takes it for the published one.
 * @returns the model as a job finds it
 * @throws {Error} where the folder holds anything but random models: they would replace real ones
 */
export function makeRandomModel(modelsDir: string, variant: Variant): InstalledModel {
  const name = `hunyuan3d-${variant}`;
  const others = readRandomModels(modelsDir).filter((entry) => entry.name !== name);
  const published = PUBLISHED_MODELS.find((entry) => entry.name === name);
  if (published === undefined) throw new Error(`there is no published model ${name}`);
  const entry: ModelEntry = {
    ...published,
    title: published.title + RANDOM_SUFFIX,
    files: published.files.map(({ role, path, repo, optional }) => ({
      role,
      path,
      ...(repo !== undefined && { repo }),
      ...(optional !== undefined && { optional }),
    })),
  };
  mkdirSync(modelsDir, { recursive: true });
  writeFileSync(join(modelsDir, 'manifest.json'), JSON.stringify({ models: [...others, entry] }, undefined, 2));

  const { model, turboVae } = publishedConfig(variant);
  const paths = new Map(storeFilesOf(modelsDir, entry).map(({ role, localPath }) => [role, localPath]));
  const place = (role: ModelEntry['files'][number]['role']): string => {
    const path = paths.get(role);
    if (path === undefined) throw new Error(`${name} has no file ${role}`);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  };
  writeFileSync(place('config'), JSON.stringify(model));
  const weights = place('weights');
  rmSync(weights, { force: true });
  const write = weights.endsWith('.ckpt') ? writeTorchArchive : writeSafetensors;
  write(weights, tensorsOfModel(place('config')));
  if (turboVae !== undefined) {
    writeFileSync(place('turbo-vae-config'), JSON.stringify(turboVae));
    writeSafetensors(
      place('turbo-vae-weights'),
      halves('', vaeTensors(readVaeConfig(place('turbo-vae-config')).params)),
    );
  }
  const installed = findInstalled(modelsDir, entry);
  if ('missing' in installed) throw new Error(`not written: ${installed.missing.join(', ')}`);
  return installed;
}

/** The random models that were written into a folder before. */
function readRandomModels(modelsDir: string): ModelEntry[] {
  if (!existsSync(modelsDir) || readdirSync(modelsDir).length === 0) return [];
  const models = readOwnModels(modelsDir);
  if (models.length > 0 && models.every(({ title }) => title.endsWith(RANDOM_SUFFIX))) return models;
  throw new Error(`${modelsDir} holds something else than random models; name an empty folder with --models`);
}

function tensorsOfModel(configPath: string): HalfTensor[] {
  const config = readShapeModelConfig(configPath);
  const denoiser: TensorShapes = new Map();
  const recorded = recordTensors(denoiser, new Map());
  const build = denoiserBuilders(config.model, OPTIONS);
  build.conditionKeyValues?.(recorded);
  build.denoiser(recorded);
  const encoder: TensorShapes = new Map();
  const { width, tablePixels, patchPixels, ...rest } = conditionerConfig(config);
  const table = [1, 1 + (tablePixels / patchPixels) ** 2, width];
  const stored = new Map([['embeddings.position_embeddings', table]]);
  buildDinov2(recordTensors(encoder, stored), { width, tablePixels, patchPixels, ...rest }, OPTIONS);
  return [
    ...halves('model.', denoiser),
    ...halves('vae.', vaeTensors(config.vae.params)),
    ...halves(`conditioner.${ENCODER}`, encoder),
  ];
}

function vaeTensors(params: VaeConfig['params']): TensorShapes {
  const shapes: TensorShapes = new Map();
  const weights = recordTensors(shapes, new Map());
  buildShapeVae(weights, vaeConfig(params), OPTIONS);
  buildGeometryKeys(weights, geometryConfig(params), OPTIONS);
  buildGeometryDecoder(weights, geometryConfig(params), OPTIONS);
  return shapes;
}

function halves(prefix: string, shapes: TensorShapes): HalfTensor[] {
  return [...shapes].map(([name, shape]) => ({
    name: prefix + name,
    shape,
    values: () => randomTensor(prefix + name, shape),
  }));
}
