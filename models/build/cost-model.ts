import type { ShapeModelConfig } from '../config/shape-model-config.ts';
import type { GeometryDecoderConfig } from '../networks/geometry-decoder.ts';
import { conditionerConfig } from './network-configs.ts';

/** Floating-point operations of a job's parts; a multiplication with its addition counts as two. */
export interface ShapeModelCost {
  /** Of the image encoder, per view. */
  conditionerPerView: number;
  /** Of one call of the denoiser. */
  denoiserCall: number;
  /** Calls of the denoiser in a step: guidance without an embedding needs two. */
  callsPerStep: number;
  vae: number;
  /** Of the geometry decoder, per point. */
  point: number;
}

/**
 * Counts the operations of matrix products and attention; norms and activations are small beside them.
 * @param geometry of the VAE that decodes
 * @param attendedLatents what a point attends to: all latents, or the turbo VAE's choice of them
 */
export function estimateCost(
  config: ShapeModelConfig,
  geometry: GeometryDecoderConfig,
  views: number,
  attendedLatents: number,
): ShapeModelCost {
  const conditioner = conditionerConfig(config);
  const { num_latents: latents, width: vaeWidth, num_decoder_layers: vaeLayers } = config.vae.params;
  const tokens = 1 + (conditioner.inputPixels / conditioner.patchPixels) ** 2;
  const { width, mlpRatio, numFreqs } = geometry;
  const pointWeights = width ** 2 * (2 + 2 * mlpRatio) + width * (3 + 6 * numFreqs);
  return {
    conditionerPerView: conditioner.layers * transformerLayer(tokens, conditioner.width),
    denoiserCall: denoiserCall(config.model, latents, tokens * views),
    callsPerStep: hasGuidanceEmbedding(config) ? 1 : 2,
    vae: vaeLayers * transformerLayer(latents, vaeWidth),
    point: 2 * pointWeights + 4 * attendedLatents * width,
  };
}

/** Guidance goes into the network as a number; otherwise there is a second call without the condition. */
export function hasGuidanceEmbedding({ model }: ShapeModelConfig): boolean {
  return model.target === 'Hunyuan3DDiT' && model.params.guidance_embed;
}

function denoiserCall({ target, params }: ShapeModelConfig['model'], latents: number, condition: number): number {
  const width = params.hidden_size;
  if (target === 'Hunyuan3DDiT') {
    return (params.depth + params.depth_single_blocks) * transformerLayer(latents + condition, width);
  }
  const tokens = latents + 1;
  const expertLayers = params.num_moe_layers;
  const self = params.depth * transformerLayer(tokens, width);
  const experts = expertLayers * 2 * tokens * params.moe_top_k * 8 * width ** 2;
  const skips = (params.depth - 1 - Math.floor(params.depth / 2)) * 2 * tokens * 2 * width ** 2;
  const crossLinear = 2 * tokens * 2 * width ** 2 + 2 * condition * 2 * width * params.context_dim;
  return self + experts + skips + params.depth * (crossLinear + 4 * tokens * condition * width);
}

/** Self-attention and a feed-forward network four times as wide: 12 weights of `width^2`, and the scores. */
function transformerLayer(tokens: number, width: number): number {
  return 2 * tokens * 12 * width ** 2 + 4 * tokens ** 2 * width;
}
