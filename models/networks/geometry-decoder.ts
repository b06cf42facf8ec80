import { Graph } from '../onnx/graph.ts';
import { type LayerOptions, Layers } from '../onnx/layers.ts';
import { add, cast, reshape, split } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import type { WeightSource } from '../onnx/weight-source.ts';
import { fourierFeatures } from './fourier-features.ts';
import type { Tap } from './tap.ts';
import { addFeedForward, joinHeads, NORM_EPSILON, viewHeads } from './vae-layers.ts';

export interface GeometryDecoderConfig {
  /** Channels of the decoded latents. */
  latentWidth: number;
  /** Channels of the decoder; where they are fewer, the latents are projected first (the turbo decoder). */
  width: number;
  heads: number;
  mlpRatio: number;
  numFreqs: number;
  /** Whether there is a norm before the output; decoders without one have none for q and k either (the turbo decoder). */
  hasNorms: boolean;
}

const POST_NORM_EPSILON = 1e-5;

/**
 * What points attend to, as a model that runs once per shape.
 * - Input `decoded`: float32 `[latents, latentWidth]`, output of the decoder transformer.
 * - Outputs `keys`, `values`: float32 `[latents, width]`, heads being contiguous slices; keys after their norm.
 */
export function buildGeometryKeys(
  weights: WeightSource,
  config: GeometryDecoderConfig,
  options: LayerOptions,
): Uint8Array {
  const g = new Graph('geometry-keys');
  const layers = new Layers(g, weights, options).at('geo_decoder');
  const decoded = cast(g, g.input('decoded', 'float32', ['latents', config.latentWidth]), weights.compute);
  const { keys, values } = keysAndValues(layers, config, decoded);
  g.output('keys', cast(g, keys, 'float32'));
  g.output('values', cast(g, values, 'float32'));
  return g.encode();
}

/**
 * The decoder itself as a model, for any number of points and of latents to attend to.
 * - Input `points`: float32 `[points, 3]`.
 * - Inputs `keys`, `values`: float32 `[latents, width]`, of all latents or of those that matter to these points.
 * - Output `logits`: float32 `[points]`, positive inside.
 *
 * Memory grows by some `20 * width * mlpRatio` bytes per point. On a CPU calls of 2,500 to
 * 5,000 points are as fast per point as any; with 20,000 the standard decoder takes 1.8 GB.
 */
export function buildGeometryDecoder(
  weights: WeightSource,
  config: GeometryDecoderConfig,
  options: LayerOptions,
  tap?: Tap,
): Uint8Array {
  const { width } = config;
  const g = new Graph('geometry-decoder');
  const layers = new Layers(g, weights, options).at('geo_decoder');
  const points = g.input('points', 'float32', ['points', 3]);
  const keys = cast(g, g.input('keys', 'float32', ['latents', width]), weights.compute);
  const values = cast(g, g.input('values', 'float32', ['latents', width]), weights.compute);
  const logits = geometryDecoder(layers, config, points, keys, values, tap);
  g.output('logits', cast(g, logits, 'float32'));
  return g.encode();
}

function keysAndValues(layers: Layers, config: GeometryDecoderConfig, decoded: Value): { keys: Value; values: Value } {
  const { g } = layers;
  const { latentWidth, width, heads, hasNorms } = config;
  const latents = width === latentWidth ? decoded : layers.linear(decoded, 'latents_proj', width);
  const block = layers.at('cross_attn_decoder');
  const joint = block.linear(block.layerNorm(latents, 'ln_2', NORM_EPSILON), 'attn.c_kv', 2 * width, { bias: false });
  const size = width / heads;
  const [k, values] = split(g, viewHeads(g, joint, heads), [size, size]);
  const keys = hasNorms ? block.layerNorm(k, 'attn.attention.k_norm', NORM_EPSILON) : k;
  return { keys: joinHeads(g, keys), values: joinHeads(g, values) };
}

/**
 * @param points float32 `[points, 3]` whatever the network computes in
 * @returns `[points]`
 */
function geometryDecoder(
  layers: Layers,
  config: GeometryDecoderConfig,
  points: Value,
  keys: Value,
  values: Value,
  tap?: Tap,
): Value {
  const { g } = layers;
  const { width, heads, mlpRatio, hasNorms } = config;
  const { embedded, queries } = embedPoints(layers, config, points, tap);
  const block = layers.at('cross_attn_decoder');
  const attended = add(g, embedded, block.linear(block.attention(queries, keys, values, heads), 'attn.c_proj', width));
  const x = addFeedForward(block, attended, 'ln_3', mlpRatio);
  tap?.('attended', x, g);
  const normed = hasNorms ? layers.layerNorm(x, 'ln_post', POST_NORM_EPSILON) : x;
  return reshape(g, layers.linear(normed, 'output_proj', 1), [-1], ['points']);
}

/** Points as tokens of the decoder, and the queries that they attend with: both `[points, width]`. */
export function embedPoints(
  layers: Layers,
  { width, heads, numFreqs, hasNorms }: GeometryDecoderConfig,
  points: Value,
  tap?: Tap,
): { embedded: Value; queries: Value } {
  const { g } = layers;
  const features = fourierFeatures(g, points, numFreqs);
  tap?.('fourier', features, g);
  const embedded = layers.linear(cast(g, features, layers.weights.compute), 'query_proj', width);
  tap?.('query', embedded, g);
  const block = layers.at('cross_attn_decoder');
  const projected = block.linear(block.layerNorm(embedded, 'ln_1', NORM_EPSILON), 'attn.c_q', width, { bias: false });
  const queries = hasNorms
    ? block.perHead(projected, heads, (q) => block.layerNorm(q, 'attn.attention.q_norm', NORM_EPSILON))
    : projected;
  tap?.('q', queries, g);
  return { embedded, queries };
}
