import { geometryConfig } from '../../../models/build/network-configs.ts';
import { readShapeModelConfig, readVaeConfig } from '../../../models/config/shape-model-config.ts';
import type { ModelEntry } from '../../../models/manifest/model-entry.ts';
import { findInstalled, type InstalledModel } from '../../../models/store/find-installed.ts';
import { AppError, errorMessageOf } from '../../../src/errors.ts';
import { INSTALL_CUDA_ADVICE } from '../../../src/program-files.ts';
import type { Device } from '../../../src/protocol/messages.ts';
import { GenerateOptionsSchema } from '../../../src/protocol/options.ts';
import { NETWORK_STAGE_WEIGHTS } from '../../../src/protocol/stages.ts';
import type { ViewName } from '../../../src/protocol/views.ts';
import type { ImageRgba } from '../../imaging/prepared-view.ts';
import { missingCudaLibraries } from '../../runtime/execution-provider.ts';
import type { Availability, EngineContext, Shape, ShapeEngine } from '../engine.ts';
import { frameField } from './frame-field.ts';
import { estimateJob, generateShape } from './generate-shape.ts';
import { loadNetworks, useModel } from './loaded-model.ts';
import { whyTooSmall } from './memory-need.ts';
import { seededNoise } from './sampling/seeded-noise.ts';
import { chooseSettings } from './settings.ts';

/** What a further view is worth to `auto`, in units of a model's rank: more than any difference between models. */
const RANK_PER_VIEW = 100;
/** Jobs that take more floating-point operations would keep a processor busy for half an hour and longer. */
const MOST_CPU_OPERATIONS = 120e12;
/** Share of the progress that is set aside for preparing weights, where that is needed. */
const BUILD_SHARE = 0.1;

/** The engine of a shape model of the Hunyuan3D family. */
export function createHunyuanEngine(entry: ModelEntry): ShapeEngine {
  return {
    name: entry.name,
    licence: entry.licence.name,
    usesViews: entry.views,
    stageWeights: NETWORK_STAGE_WEIGHTS,
    rank: (views) => entry.rank + RANK_PER_VIEW * (views.filter((view) => entry.views.includes(view)).length - 1),
    availability: (context) => findAvailability(entry, context),
    async load({ modelsDir, ...options }) {
      const installed = findInstalled(modelsDir, entry);
      if (!('missing' in installed)) await loadNetworks(installed, options);
    },
    reconstruct: (views, context) => reconstruct(entry, views, context),
  };
}

function findAvailability(
  entry: ModelEntry,
  { modelsDir, device }: Pick<EngineContext, 'modelsDir' | 'device'>,
): Availability {
  const installed = findInstalled(modelsDir, entry);
  if ('missing' in installed) {
    return {
      state: 'absent',
      reason: `not installed, missing ${installed.missing.join(', ')}; "hy3d models pull ${entry.name}" gets it`,
    };
  }
  const obstacle = device.kind === 'cuda' ? whyTooSmall(entry, device) : undefined;
  if (obstacle !== undefined) return { state: 'unfit', reason: obstacle };
  try {
    // Reads the configuration, which a GPU needs in order as much as a processor does.
    const operations = estimateDefaultJob(installed);
    return device.kind === 'cuda' ? availabilityOnGpu(device) : availabilityOnCpu(operations);
  } catch (error) {
    return { state: 'unfit', reason: errorMessageOf(error) };
  }
}

function availabilityOnGpu(device: Device): Availability {
  const missing = missingCudaLibraries();
  if (missing.length === 0) return { state: 'ready', reason: `weights are installed, runs on ${device.name}` };
  return {
    state: 'slow',
    reason: `the runtime lacks ${missing.join(', ')}: ${INSTALL_CUDA_ADVICE}; "hy3d doctor" checks both`,
  };
}

function availabilityOnCpu(operations: number): Availability {
  const teraflop = `${Math.ceil(operations / 1e12)} TFLOP`;
  return operations <= MOST_CPU_OPERATIONS
    ? { state: 'ready', reason: `weights are installed, ${teraflop} on a processor` }
    : { state: 'slow', reason: `${teraflop} are too slow on a processor unless it is asked for by name` };
}

/**
 * Of one picture with default settings, from the configuration files alone.
 * @throws {AppError} where those describe no model that is known
 */
function estimateDefaultJob({ files }: InstalledModel): number {
  const config = readShapeModelConfig(files.config);
  const isTurbo = files.turboVaeConfig !== undefined;
  const vae = files.turboVaeConfig === undefined ? config.vae : readVaeConfig(files.turboVaeConfig);
  const settings = chooseSettings(GenerateOptionsSchema.parse({}), config);
  const work = estimateJob({ config, geometry: geometryConfig(vae.params) }, isTurbo, 1, settings);
  return work.condition + work.denoise + work.decode;
}

async function reconstruct(
  entry: ModelEntry,
  views: Parameters<ShapeEngine['reconstruct']>[0],
  context: EngineContext,
): Promise<Shape> {
  const { options, modelsDir, device, keep, cutouts, log, warn, onProgress } = context;
  const installed = findInstalled(modelsDir, entry);
  if ('missing' in installed) {
    throw new AppError(
      'model.missing',
      `${entry.name} lost files while the job started: ${installed.missing.join(', ')}`,
    );
  }
  let built = 0;
  const reportBuild = (fraction: number): void => {
    built = BUILD_SHARE * fraction;
    onProgress(built);
  };
  const { model, provider, fusedAttention, networks } = await useModel(installed, {
    device,
    log,
    onProgress: reportBuild,
  });
  networks.keepsUsed = keep;
  const { format } = model.store.options;
  log(`${entry.name} on ${provider}, ${format} weights, ${fusedAttention ? 'fused' : 'decomposed'} attention`);
  const settings = chooseSettings(options, model.config);
  const { num_latents: latents, embed_dim: channels } = model.config.vae.params;
  if (options.should_texture) warn('The texture is projected from the pictures; no network paints it.');
  const field = await generateShape(model, {
    pictures: usedPictures(entry, cutouts),
    settings,
    noise: seededNoise(settings.seed, latents * channels),
    selection: entry.latentSelection,
    open: networks.open,
    onProgress: (fraction) => onProgress(built + (1 - built) * fraction),
    log,
  });
  return { field: frameField(field, views), viewUse: describeUse(entry, Object.keys(cutouts) as ViewName[]) };
}

function usedPictures(
  entry: ModelEntry,
  cutouts: Partial<Record<ViewName, ImageRgba>>,
): Partial<Record<ViewName, ImageRgba>> {
  return Object.fromEntries(Object.entries(cutouts).filter(([name]) => entry.views.includes(name as ViewName)));
}

function describeUse(entry: ModelEntry, names: readonly ViewName[]): Shape['viewUse'] {
  return Object.fromEntries(
    names.map((name) => [
      name,
      entry.views.includes(name)
        ? { shape: true }
        : { shape: false, note: `${entry.name} makes the shape from the ${entry.views.join(', ')} picture alone` },
    ]),
  );
}
