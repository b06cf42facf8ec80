/**
 * Configurations with the published dimensions, for measuring without the published weights. Files of this kind are
 * YAML, of which JSON is a part.
 */

export const VARIANTS = [
  '2.1',
  '2',
  '2-fast',
  '2-turbo',
  '2mini',
  '2mini-fast',
  '2mini-turbo',
  '2mv',
  '2mv-fast',
  '2mv-turbo',
] as const;
export type Variant = (typeof VARIANTS)[number];

/** `config.yaml` of a variant, and that of its turbo VAE where it has one. */
export interface PublishedConfig {
  model: object;
  turboVae: object | undefined;
}

export function publishedConfig(variant: Variant): PublishedConfig {
  const isPlain = variant === '2.1';
  const isMini = variant.startsWith('2mini');
  const isMultiView = variant.startsWith('2mv');
  const isTurbo = variant.endsWith('-turbo');
  const isDistilled = isTurbo || variant.endsWith('-fast');
  const pixels = variant === '2mini-turbo' ? 1022 : 518;
  const vae = {
    num_latents: isPlain ? 4096 : isMini && !isTurbo ? 512 : 3072,
    embed_dim: 64,
    num_freqs: 8,
    include_pi: false,
    heads: 16,
    width: 1024,
    num_decoder_layers: 16,
    qkv_bias: false,
    qk_norm: true,
    scale_factor: isPlain ? 1.0039506158752403 : isMini ? 1.0188137142395404 : 0.9990943042622529,
  };
  const model = {
    model: isPlain ? plainDenoiser() : streamDenoiser(isMini ? 8 : 16, isMini ? 16 : 32, isDistilled),
    vae: { target: 'ShapeVAE', params: vae },
    conditioner: {
      target: 'SingleImageEncoder',
      params: {
        main_image_encoder: {
          type: isMultiView ? 'DinoImageEncoderMV' : 'DinoImageEncoder',
          kwargs: { config: dinov2(isPlain), image_size: pixels },
        },
      },
    },
    scheduler: isTurbo
      ? {
          target: 'ConsistencyFlowMatchEulerDiscreteScheduler',
          params: { num_train_timesteps: 1000, pcm_timesteps: 100 },
        }
      : { target: 'FlowMatchEulerDiscreteScheduler', params: { num_train_timesteps: 1000 } },
    image_processor: {
      target: isMultiView ? 'MVImageProcessorV2' : 'ImageProcessorV2',
      params: { size: pixels === 518 ? 512 : pixels, border_ratio: 0.15 },
    },
  };
  const turboVae = {
    target: 'ShapeVAE',
    params: { ...vae, geo_decoder_mlp_expand_ratio: 1, geo_decoder_downsample_ratio: 2, geo_decoder_ln_post: false },
  };
  return { model, turboVae: isPlain ? undefined : turboVae };
}

function plainDenoiser(): object {
  return {
    target: 'HunYuanDiTPlain',
    params: {
      in_channels: 64,
      hidden_size: 2048,
      context_dim: 1024,
      depth: 21,
      num_heads: 16,
      qk_norm: true,
      qk_norm_type: 'rms',
      qkv_bias: false,
      num_moe_layers: 6,
      num_experts: 8,
      moe_top_k: 2,
    },
  };
}

function streamDenoiser(depth: number, singleDepth: number, hasGuidanceEmbedding: boolean): object {
  return {
    target: 'Hunyuan3DDiT',
    params: {
      in_channels: 64,
      context_in_dim: 1536,
      hidden_size: 1024,
      mlp_ratio: 4,
      num_heads: 16,
      depth,
      depth_single_blocks: singleDepth,
      qkv_bias: true,
      guidance_embed: hasGuidanceEmbedding,
    },
  };
}

function dinov2(isLarge: boolean): object {
  return {
    model_type: 'dinov2',
    hidden_size: isLarge ? 1024 : 1536,
    num_attention_heads: isLarge ? 16 : 24,
    num_hidden_layers: isLarge ? 24 : 40,
    mlp_ratio: 4,
    patch_size: 14,
    image_size: 518,
    layer_norm_eps: 1e-6,
    use_swiglu_ffn: !isLarge,
    qkv_bias: true,
  };
}
