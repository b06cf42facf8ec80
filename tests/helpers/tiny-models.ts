import type { Dinov2Config } from '../../models/networks/dinov2.ts';
import type { GeometryDecoderConfig } from '../../models/networks/geometry-decoder.ts';
import type { ShapeVaeConfig } from '../../models/networks/shape-vae.ts';
import { readSafetensors } from './read-safetensors.ts';

const FOLDER = new URL('../fixtures/hunyuan/', import.meta.url).pathname;

/** A tiny model with random weights and what the reference implementation computes with it. */
export interface TinyModel {
  name: string;
  /** Denoiser, VAE and conditioner. */
  checkpoint: string;
  encoder: Dinov2Config;
  vae: ShapeVaeConfig;
  scaleFactor: number;
  geometry: GeometryDecoderConfig;
  /** Largest error of the VAE and the geometry decoder, relative to the largest magnitude. */
  tolerance: number;
}

const ENCODER = { layers: 2, mlpRatio: 4, patchPixels: 14, tablePixels: 56, normEpsilon: 1e-6 };
const VAE = { latentChannels: 8, width: 32, layers: 2 };
const GEOMETRY = { latentWidth: 32, width: 32, mlpRatio: 4, numFreqs: 8, hasNorms: true };

export const TINY_21: TinyModel = {
  name: 'hunyuan3d-2.1-tiny',
  checkpoint: `${FOLDER}hunyuan3d-2.1-tiny/hunyuan3d-dit-v2-1/model.fp16.ckpt`,
  encoder: { ...ENCODER, width: 32, heads: 2, swiglu: false, inputPixels: 56, viewEmbedding: false },
  vae: { ...VAE, heads: 2 },
  scaleFactor: 1.0039506158752403,
  geometry: { ...GEOMETRY, heads: 2 },
  tolerance: 1e-4,
};

export const TINY_MV: TinyModel = {
  name: 'hunyuan3d-2mv-tiny',
  checkpoint: `${FOLDER}hunyuan3d-2mv-tiny/hunyuan3d-dit-v2-mv/model.fp16.safetensors`,
  encoder: { ...ENCODER, width: 32, heads: 2, swiglu: true, inputPixels: 56, viewEmbedding: true },
  vae: { ...VAE, heads: 2 },
  scaleFactor: 0.9990943042622529,
  geometry: { ...GEOMETRY, heads: 2 },
  tolerance: 1e-4,
};

export const TINY_MINI_TURBO: TinyModel = {
  name: 'hunyuan3d-2mini-turbo-tiny',
  checkpoint: `${FOLDER}hunyuan3d-2mini-turbo-tiny/hunyuan3d-dit-v2-mini-turbo/model.fp16.safetensors`,
  encoder: { ...ENCODER, width: 48, heads: 3, swiglu: true, inputPixels: 84, viewEmbedding: false },
  vae: { ...VAE, heads: 4 },
  scaleFactor: 1.0188137142395404,
  geometry: { ...GEOMETRY, heads: 4 },
  tolerance: 5e-4,
};

/** The turbo geometry decoder for the latents of `TINY_MINI_TURBO`; its file holds a VAE alone. */
export const TINY_TURBO_GEOMETRY: GeometryDecoderConfig = {
  latentWidth: 32,
  width: 16,
  heads: 2,
  mlpRatio: 1,
  numFreqs: 8,
  hasNorms: false,
};
export const TINY_TURBO_CHECKPOINT = `${FOLDER}hunyuan3d-2mini-turbo-tiny/hunyuan3d-vae-v2-mini-turbo/model.fp16.safetensors`;

export const TINY_MODELS: readonly TinyModel[] = [TINY_21, TINY_MV, TINY_MINI_TURBO];

/** The reference tensors of a model by name. Row-major, with a batch axis first. */
export function referenceOf({ name }: TinyModel): (tensor: string) => Float32Array {
  const tensors = readSafetensors(`${FOLDER}${name}/reference.safetensors`);
  return (tensor) => {
    const found = tensors[tensor];
    if (found === undefined) throw new Error(`${name} has no reference tensor ${tensor}`);
    return found.data;
  };
}
