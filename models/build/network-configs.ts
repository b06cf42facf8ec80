/** From the values of a configuration file to those that each network is built from. */
import type { ShapeModelConfig, VaeConfig } from '../config/shape-model-config.ts';
import type { Dinov2Config } from '../networks/dinov2.ts';
import type { GeometryDecoderConfig } from '../networks/geometry-decoder.ts';
import type { ShapeVaeConfig } from '../networks/shape-vae.ts';

export function conditionerConfig({ conditioner }: ShapeModelConfig): Dinov2Config {
  const { type, kwargs } = conditioner.params.main_image_encoder;
  const { config } = kwargs;
  return {
    width: config.hidden_size,
    heads: config.num_attention_heads,
    layers: config.num_hidden_layers,
    mlpRatio: config.mlp_ratio,
    swiglu: config.use_swiglu_ffn,
    patchPixels: config.patch_size,
    tablePixels: config.image_size,
    inputPixels: kwargs.image_size,
    normEpsilon: config.layer_norm_eps,
    viewEmbedding: type === 'DinoImageEncoderMV',
  };
}

export function vaeConfig(params: VaeConfig['params']): ShapeVaeConfig {
  return {
    latentChannels: params.embed_dim,
    width: params.width,
    heads: params.heads,
    layers: params.num_decoder_layers,
  };
}

/** A narrower decoder keeps the size of its heads. */
export function geometryConfig(params: VaeConfig['params']): GeometryDecoderConfig {
  const { width, heads, geo_decoder_downsample_ratio: ratio } = params;
  return {
    latentWidth: width,
    width: width / ratio,
    heads: heads / ratio,
    mlpRatio: params.geo_decoder_mlp_expand_ratio,
    numFreqs: params.num_freqs,
    hasNorms: params.geo_decoder_ln_post,
  };
}
