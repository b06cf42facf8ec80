import { join } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/open-checkpoint.ts';
import {
  readShapeModelConfig,
  readVaeConfig,
  type ShapeModelConfig,
  type VaeConfig,
} from '../config/shape-model-config.ts';
import { buildDinov2 } from '../networks/dinov2.ts';
import { buildGeometryDecoder, buildGeometryKeys, type GeometryDecoderConfig } from '../networks/geometry-decoder.ts';
import { buildLatentSelection, type LatentSelection, selectedLatentCount } from '../networks/latent-selection.ts';
import type { ExpertsForm } from '../networks/mixture-of-experts.ts';
import { buildShapeVae } from '../networks/shape-vae.ts';
import type { LayerOptions } from '../onnx/layers.ts';
import type { WeightSource } from '../onnx/weight-source.ts';
import type { InstalledModel } from '../store/find-installed.ts';
import { countWeightBytes } from './count-weight-bytes.ts';
import { denoiserBuilders } from './denoiser-builders.ts';
import { fingerprintOf } from './derived-file.ts';
import { conditionerConfig, geometryConfig, vaeConfig } from './network-configs.ts';
import { type WeightFormat, WeightStore } from './weight-store.ts';

export interface ShapeModelOptions extends LayerOptions {
  format: WeightFormat;
  experts: ExpertsForm;
  /** Keys and values of the condition are worked out once per job instead of in every step. */
  conditionCache: boolean;
}

/** An ONNX file, and the bytes of its weights in the dtype that it computes in. */
export interface NetworkGraph {
  model: Uint8Array;
  weightBytes: number;
}

/** The networks of a shape model; they can be loaded once the derived file of `store` is there. */
export interface ShapeModel {
  config: ShapeModelConfig;
  store: WeightStore;
  /** Identifies the derived file. */
  fingerprint: string;
  conditioner: NetworkGraph;
  denoiser: NetworkGraph;
  /** With `conditionCache`, for the denoisers whose condition does not change on its way through them. */
  conditionKeyValues: NetworkGraph | undefined;
  vae: NetworkGraph;
  /** Of the VAE that decodes, the turbo VAE where it is installed. */
  geometry: GeometryDecoderConfig;
  geometryKeys: NetworkGraph;
  geometryDecoder: NetworkGraph;
  /** With the turbo VAE only, which was made to see nothing but the latents that matter to a group of points. */
  latentSelection: { mean: NetworkGraph; merge: NetworkGraph } | undefined;
  /** Closes the checkpoints; the derived file cannot be written any more. */
  close(): void;
}

/**
 * Writes the graphs of all networks of an installed model. That takes a fraction of a second and reads next to no
 * weights: they stay in the checkpoint, and what cannot is planned into the derived file of the store.
 * @throws {AppError} `model.missing`, `model.corrupt` or `model.unsupported` where the files are unreadable, damaged or
 * do not fit each other
 */
export function planShapeModel({ files, derivedDir }: InstalledModel, options: ShapeModelOptions): ShapeModel {
  const config = readShapeModelConfig(files.config);
  const opened: Checkpoint[] = [];
  const open = (path: string): Checkpoint => {
    const checkpoint = openCheckpoint(path);
    opened.push(checkpoint);
    return checkpoint;
  };
  const close = (): void => {
    for (const checkpoint of opened) checkpoint.close();
  };
  try {
    const main = open(files.weights);
    const turbo = openTurboVae(files, open);
    const store = new WeightStore({
      format: options.format,
      derivedPath: join(derivedDir, options.format, 'weights.bin'),
    });
    const networks = planNetworks(store, config, main, turbo, options);
    return { config, store, fingerprint: fingerprintOf(store, opened), ...networks, close };
  } catch (error) {
    close();
    throw error;
  }
}

function planNetworks(
  store: WeightStore,
  config: ShapeModelConfig,
  main: Checkpoint,
  turbo: TurboVae | undefined,
  options: ShapeModelOptions,
) {
  const conditioner = store.source(main, 'conditioner.main_image_encoder.model.');
  const denoiser = store.source(main, 'model.');
  const vae = turbo ? store.source(turbo.checkpoint, '') : store.source(main, 'vae.');
  const vaeParams = turbo?.params ?? config.vae.params;
  const geometry = geometryConfig(vaeParams);
  const select = (selection: LatentSelection): NetworkGraph =>
    buildGraph(vae, (weights) => buildLatentSelection(weights, geometry, options, selection));

  const image = conditionerConfig(config);
  const build = denoiserBuilders(config.model, options);
  // Made in any case, and first: so the derived file is the same whether they are cached or not.
  const keyValues = build.conditionKeyValues && buildGraph(denoiser, build.conditionKeyValues);
  return {
    geometry,
    denoiser: buildGraph(denoiser, build.denoiser),
    conditionKeyValues: options.conditionCache ? keyValues : undefined,
    conditioner: buildGraph(conditioner, (weights) => buildDinov2(weights, image, options)),
    vae: buildGraph(vae, (weights) => buildShapeVae(weights, vaeConfig(vaeParams), options)),
    geometryKeys: buildGraph(vae, (weights) => buildGeometryKeys(weights, geometry, options)),
    geometryDecoder: buildGraph(vae, (weights) => buildGeometryDecoder(weights, geometry, options)),
    latentSelection: turbo && {
      mean: select({ mode: 'mean', count: selectedLatentCount(config.vae.params.num_latents) }),
      merge: select({ mode: 'merge' }),
    },
  };
}

function buildGraph(weights: WeightSource, build: (weights: WeightSource) => Uint8Array): NetworkGraph {
  const { source, bytes } = countWeightBytes(weights);
  return { model: build(source), weightBytes: bytes() };
}

interface TurboVae {
  params: VaeConfig['params'];
  checkpoint: Checkpoint;
}

function openTurboVae(
  { turboVaeConfig, turboVaeWeights }: InstalledModel['files'],
  open: (path: string) => Checkpoint,
): TurboVae | undefined {
  if (turboVaeConfig === undefined || turboVaeWeights === undefined) return undefined;
  return { params: readVaeConfig(turboVaeConfig).params, checkpoint: open(turboVaeWeights) };
}
