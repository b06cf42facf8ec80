import type { ShapeModelConfig } from '../config/shape-model-config.ts';
import { buildConditionKeyValues, buildHunyuanDitPlain } from '../networks/hunyuan-dit-plain.ts';
import { buildHunyuan3dDit } from '../networks/hunyuan3d-dit.ts';
import type { ExpertsForm } from '../networks/mixture-of-experts.ts';
import type { LayerOptions } from '../onnx/layers.ts';
import type { WeightSource } from '../onnx/weight-source.ts';

export interface DenoiserOptions extends LayerOptions {
  experts: ExpertsForm;
  conditionCache: boolean;
}

type BuildNetwork = (weights: WeightSource) => Uint8Array;

/** What writes the graphs of a denoiser. */
export interface DenoiserBuilders {
  denoiser: BuildNetwork;
  /** Only where the condition does not change on its way through the denoiser, so that its keys can be cached. */
  conditionKeyValues: BuildNetwork | undefined;
}

/** For the denoiser that a configuration names. */
export function denoiserBuilders(
  { target, params }: ShapeModelConfig['model'],
  options: DenoiserOptions,
): DenoiserBuilders {
  if (target === 'Hunyuan3DDiT') {
    const config = {
      inChannels: params.in_channels,
      width: params.hidden_size,
      heads: params.num_heads,
      contextWidth: params.context_in_dim,
      mlpRatio: params.mlp_ratio,
      doubleBlocks: params.depth,
      singleBlocks: params.depth_single_blocks,
      guidanceEmbedding: params.guidance_embed,
    };
    return { denoiser: (weights) => buildHunyuan3dDit(weights, config, options), conditionKeyValues: undefined };
  }
  const config = {
    inChannels: params.in_channels,
    width: params.hidden_size,
    heads: params.num_heads,
    contextWidth: params.context_dim,
    depth: params.depth,
    moeLayers: params.num_moe_layers,
    experts: params.num_experts,
    expertsPerToken: params.moe_top_k,
  };
  return {
    denoiser: (weights) => buildHunyuanDitPlain(weights, config, options),
    conditionKeyValues: (weights) => buildConditionKeyValues(weights, config, options),
  };
}
