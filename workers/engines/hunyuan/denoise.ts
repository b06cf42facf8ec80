import { hasGuidanceEmbedding } from '../../../models/build/cost-model.ts';
import type { ShapeModel } from '../../../models/build/shape-model.ts';
import {
  plainTimeEmbedding,
  STREAM_EMBEDDING_WIDTH,
  streamEmbedding,
} from '../../../models/networks/sinusoidal-embedding.ts';
import { float32, type NetworkTensor, type OpenNetwork, runOnce } from '../../runtime/network-session.ts';
import type { Condition } from './encode-condition.ts';
import { sampleLatents } from './sampling/sample-latents.ts';
import { consistencySigmas, flowMatchSigmas } from './sampling/schedules.ts';
import type { ShapeSettings } from './settings.ts';

type Feeds = Record<string, NetworkTensor>;

/** What the denoiser is fed besides the latents; the same in every step but for the time. */
export interface DenoiserFeeds {
  at(time: number): Feeds;
  conditional: Feeds;
  unconditional: Feeds;
}

/** The steps from noise to data: times of the sampler, with the final 1. */
function sigmasFor({ config }: ShapeModel, steps: number): Float32Array {
  const { scheduler } = config;
  return scheduler.target === 'FlowMatchEulerDiscreteScheduler'
    ? flowMatchSigmas(steps, scheduler.params.shift)
    : consistencySigmas(steps, scheduler.params.num_train_timesteps, scheduler.params.pcm_timesteps);
}

/**
 * Samples the latents of a shape.
 * @param noise standard normal, `[latents, channels]`
 * @param onStart called when the first step begins
 * @returns `[latents, channels]`, still multiplied by the VAE's scale factor
 */
export async function denoise(
  model: ShapeModel,
  condition: Condition,
  noise: Float32Array,
  settings: Pick<ShapeSettings, 'steps' | 'guidanceScale'>,
  open: OpenNetwork,
  { onStart, onProgress }: { onStart(): void; onProgress(fraction: number): void },
): Promise<Float32Array> {
  const { num_latents: count, embed_dim: channels } = model.config.vae.params;
  const feeds = await prepareFeeds(model, condition, settings.guidanceScale, open);
  const session = await open(model.denoiser);
  try {
    onStart();
    return await sampleLatents({
      noise,
      sigmas: sigmasFor(model, settings.steps),
      guidance: hasGuidanceEmbedding(model.config)
        ? { kind: 'embedded' }
        : { kind: 'classifier-free', scale: settings.guidanceScale },
      onStep: (done, total) => onProgress(done / total),
      predict: async (latents, time, branch) => {
        const inputs = { latents: float32([count, channels], latents), ...feeds.at(time), ...feeds[branch] };
        const { prediction } = await session.run(inputs, ['prediction']);
        return prediction;
      },
    });
  } finally {
    await session.release();
  }
}

export async function prepareFeeds(
  model: ShapeModel,
  condition: Condition,
  guidanceScale: number,
  open: OpenNetwork,
): Promise<DenoiserFeeds> {
  const { tokens, width: contextWidth, values } = condition;
  const { target, params } = model.config.model;
  const context = float32([tokens, contextWidth], values);
  if (target === 'Hunyuan3DDiT') {
    const shape = [1, STREAM_EMBEDDING_WIDTH];
    const guidance: Feeds = params.guidance_embed
      ? { guidance_embedding: float32(shape, streamEmbedding(guidanceScale)) }
      : {};
    return {
      at: (time) => ({ time_embedding: float32(shape, streamEmbedding(time)), ...guidance }),
      conditional: { condition: context },
      unconditional: { condition: float32([tokens, contextWidth], new Float32Array(values.length)) },
    };
  }
  const { hidden_size: width, depth } = params;
  const isConditional = (yes: boolean): Feeds => ({
    conditional: { dtype: 'bool', shape: [1], data: Uint8Array.of(yes ? 1 : 0) },
  });
  const at = (time: number): Feeds => ({ time_embedding: float32([1, width], plainTimeEmbedding(time, width)) });
  if (model.conditionKeyValues === undefined) {
    const nothing = float32([1, contextWidth], new Float32Array(contextWidth));
    return {
      at,
      conditional: { condition: context, ...isConditional(true) },
      unconditional: { condition: nothing, ...isConditional(false) },
    };
  }
  const names = Array.from({ length: depth }, (_, block) => [`key_${block}`, `value_${block}`]).flat();
  const cached = await runOnce(open, model.conditionKeyValues, { condition: context }, names);
  const nothing = float32([1, width], new Float32Array(width));
  return {
    at,
    conditional: {
      ...Object.fromEntries(names.map((name) => [name, float32([tokens, width], cached[name] ?? new Float32Array())])),
      ...isConditional(true),
    },
    unconditional: { ...Object.fromEntries(names.map((name) => [name, nothing])), ...isConditional(false) },
  };
}
