import { readFileSync } from 'node:fs';
import { YAML } from 'bun';
import { z } from 'zod';
import { AppError } from '../../src/errors.ts';

/** Published files are below 3 kB; a larger one is something else. */
const LARGEST_FILE_BYTES = 1 << 16;

const count = z.number().int().positive().max(1_000_000);

const vaeParams = z.object({
  num_latents: count,
  embed_dim: count,
  num_freqs: count,
  include_pi: z.literal(false).default(false),
  heads: count,
  width: count,
  num_decoder_layers: count,
  qkv_bias: z.literal(false),
  qk_norm: z.literal(true),
  scale_factor: z.number().positive(),
  geo_decoder_mlp_expand_ratio: count.default(4),
  geo_decoder_downsample_ratio: count.default(1),
  geo_decoder_ln_post: z.boolean().default(true),
});

const plainDitParams = z.object({
  in_channels: count,
  hidden_size: count,
  context_dim: count,
  depth: count,
  num_heads: count,
  qk_norm: z.literal(true),
  qk_norm_type: z.literal('rms'),
  qkv_bias: z.literal(false),
  with_decoupled_ca: z.literal(false).default(false),
  use_attention_pooling: z.literal(false).default(false),
  use_pos_emb: z.literal(false).default(false),
  num_moe_layers: z.number().int().min(0),
  num_experts: count,
  moe_top_k: count,
});

const fluxDitParams = z.object({
  in_channels: count,
  context_in_dim: count,
  hidden_size: count,
  mlp_ratio: z.number().positive(),
  num_heads: count,
  depth: count,
  depth_single_blocks: count,
  qkv_bias: z.literal(true),
  guidance_embed: z.boolean().default(false),
});

/** An error message for a class or kind that is none of these. */
function oneOf(...names: readonly string[]) {
  return {
    error: ({ input }: { input?: unknown }) => {
      const found = typeof input === 'object' && input !== null && 'target' in input ? input.target : input;
      return `expected one of ${names.join(', ')}, got ${String(found)}`;
    },
  };
}

const denoiser = z.discriminatedUnion(
  'target',
  [
    z.object({ target: z.literal('HunYuanDiTPlain'), params: plainDitParams }),
    z.object({ target: z.literal('Hunyuan3DDiT'), params: fluxDitParams }),
  ],
  oneOf('HunYuanDiTPlain', 'Hunyuan3DDiT'),
);

const encoder = z.object({
  type: z.enum(['DinoImageEncoder', 'DinoImageEncoderMV']),
  kwargs: z.object({
    config: z.object({
      model_type: z.literal('dinov2'),
      hidden_size: count,
      num_attention_heads: count,
      num_hidden_layers: count,
      mlp_ratio: z.number().positive(),
      patch_size: count,
      image_size: count,
      layer_norm_eps: z.number().positive(),
      use_swiglu_ffn: z.boolean(),
      qkv_bias: z.literal(true),
    }),
    image_size: count,
    use_cls_token: z.literal(true).default(true),
  }),
});

const scheduler = z.discriminatedUnion(
  'target',
  [
    z.object({
      target: z.literal('FlowMatchEulerDiscreteScheduler'),
      params: z.object({ num_train_timesteps: count, shift: z.number().positive().default(1) }),
    }),
    z.object({
      target: z.literal('ConsistencyFlowMatchEulerDiscreteScheduler'),
      params: z.object({ num_train_timesteps: count, pcm_timesteps: count.default(50) }),
    }),
  ],
  oneOf('FlowMatchEulerDiscreteScheduler', 'ConsistencyFlowMatchEulerDiscreteScheduler'),
);

const ShapeModelConfigSchema = z.object({
  model: denoiser,
  vae: z.object({ target: z.literal('ShapeVAE'), params: vaeParams }),
  conditioner: z.object({
    target: z.literal('SingleImageEncoder'),
    params: z.object({ main_image_encoder: encoder }),
  }),
  scheduler,
  image_processor: z.object({
    target: z.enum(['ImageProcessorV2', 'MVImageProcessorV2']),
    params: z.object({ size: count, border_ratio: z.number().min(0).max(0.9).default(0.15) }),
  }),
});
/** `config.yaml` beside the weights of a shape model: every value that the networks and the sampler depend on. */
export type ShapeModelConfig = z.infer<typeof ShapeModelConfigSchema>;

const VaeConfigSchema = z.object({ target: z.literal('ShapeVAE'), params: vaeParams });
/** `config.yaml` beside the weights of a VAE alone. */
export type VaeConfig = z.infer<typeof VaeConfigSchema>;

/**
 * Reads the configuration of a shape model. Options that would change the networks but that no published model sets
 * are refused rather than ignored.
 * @throws {AppError} `model.missing` for an unreadable file, `model.unsupported` with every value that does not fit
 */
export function readShapeModelConfig(path: string): ShapeModelConfig {
  return parseConfig(path, ShapeModelConfigSchema);
}

/** Reads the configuration of a VAE alone; throws as `readShapeModelConfig` does. */
export function readVaeConfig(path: string): VaeConfig {
  return parseConfig(path, VaeConfigSchema);
}

function parseConfig<S extends z.ZodType>(path: string, schema: S): z.output<S> {
  const parsed = schema.safeParse(shortenTargets(readYaml(path)));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new AppError('model.unsupported', `${path} does not describe a model that this version knows: ${problems}`);
}

/** Keeps the class of every `target`: the packages before it differ between releases. */
function shortenTargets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shortenTargets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'target' && typeof inner === 'string' ? inner.split('.').at(-1) : shortenTargets(inner),
    ]),
  );
}

function readYaml(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('model.missing', `${path} cannot be read; pull the model again`, { cause });
  }
  if (text.length > LARGEST_FILE_BYTES) {
    throw new AppError('model.unsupported', `${path}: expected a configuration of a few kB, got ${text.length} bytes`);
  }
  try {
    return YAML.parse(text);
  } catch (cause) {
    throw new AppError('model.corrupt', `${path} is no YAML file; pull the model again`, { cause });
  }
}
