import { Graph } from '../onnx/graph.ts';
import { type LayerOptions, Layers } from '../onnx/layers.ts';
import { add, cast, split } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import type { WeightSource } from '../onnx/weight-source.ts';
import type { Tap } from './tap.ts';
import { addFeedForward, joinHeads, NORM_EPSILON, viewHeads } from './vae-layers.ts';

export interface ShapeVaeConfig {
  latentChannels: number;
  width: number;
  heads: number;
  layers: number;
}

/**
 * The decoder transformer as a model, for any number of latents.
 * - Input `latents`: float32 `[latents, latentChannels]`, as sampled, divided by the configuration's scale factor.
 * - Output `decoded`: float32 `[latents, width]`, what the geometry decoder attends to.
 */
export function buildShapeVae(
  weights: WeightSource,
  config: ShapeVaeConfig,
  options: LayerOptions,
  tap?: Tap,
): Uint8Array {
  const g = new Graph('shape-vae');
  const layers = new Layers(g, weights, options);
  const latents = cast(g, g.input('latents', 'float32', ['latents', config.latentChannels]), weights.compute);
  g.output('decoded', cast(g, shapeVae(layers, config, latents, tap), 'float32'));
  return g.encode();
}

/** The decoder half of the VAE of 3DShape2VecSet (Zhang et al. 2023) as Hunyuan3D trains it: no norm at the end. */
export function shapeVae(layers: Layers, { width, heads, layers: depth }: ShapeVaeConfig, z: Value, tap?: Tap): Value {
  const { g } = layers;
  let x = layers.linear(z, 'post_kl', width);
  tap?.('post_kl', x, g);
  for (let i = 0; i < depth; i++) {
    const block = layers.at(`transformer.resblocks.${i}`);
    x = addFeedForward(block, addSelfAttention(block, x, heads, width, i === 0 ? tap : undefined), 'ln_2', 4);
    tap?.(`block${i}`, x, g);
  }
  return x;
}

function addSelfAttention(layers: Layers, x: Value, heads: number, width: number, tap: Tap | undefined): Value {
  const { g } = layers;
  const size = width / heads;
  const joint = layers.linear(layers.layerNorm(x, 'ln_1', NORM_EPSILON), 'attn.c_qkv', 3 * width, { bias: false });
  const [q, k, v] = split(g, viewHeads(g, joint, heads), [size, size, size]);
  const query = joinHeads(g, layers.layerNorm(q, 'attn.attention.q_norm', NORM_EPSILON));
  const key = joinHeads(g, layers.layerNorm(k, 'attn.attention.k_norm', NORM_EPSILON));
  const value = joinHeads(g, v);
  tap?.('q', query, g);
  tap?.('k', key, g);
  tap?.('v', value, g);
  return add(g, x, layers.linear(layers.attention(query, key, value, heads), 'attn.c_proj', width));
}
