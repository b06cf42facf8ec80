import type { HunyuanDitPlainConfig } from '../../models/networks/hunyuan-dit-plain.ts';
import type { Hunyuan3dDitConfig } from '../../models/networks/hunyuan3d-dit.ts';

/** The denoiser of `TINY_21`. */
export const PLAIN_21: HunyuanDitPlainConfig = {
  inChannels: 8,
  width: 64,
  heads: 4,
  contextWidth: 32,
  depth: 5,
  moeLayers: 2,
  experts: 4,
  expertsPerToken: 2,
};

/** The denoiser of `TINY_MV`. */
export const STREAMS_MV: Hunyuan3dDitConfig = {
  inChannels: 8,
  width: 64,
  heads: 4,
  contextWidth: 32,
  mlpRatio: 4,
  doubleBlocks: 2,
  singleBlocks: 3,
  guidanceEmbedding: false,
};

/** The denoiser of `TINY_MINI_TURBO`. */
export const STREAMS_MINI_TURBO: Hunyuan3dDitConfig = {
  ...STREAMS_MV,
  width: 48,
  heads: 3,
  contextWidth: 48,
  singleBlocks: 2,
  guidanceEmbedding: true,
};
