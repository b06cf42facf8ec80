import { Graph } from '../onnx/graph.ts';
import { type LayerOptions, Layers } from '../onnx/layers.ts';
import {
  add,
  cast,
  concat,
  gelu,
  layerNormalization,
  multiply,
  reshape,
  rowCount,
  rowsFrom,
  silu,
  split,
} from '../onnx/ops.ts';
import type { Dim, Value } from '../onnx/value.ts';
import type { WeightSource } from '../onnx/weight-source.ts';
import { STREAM_EMBEDDING_WIDTH } from './sinusoidal-embedding.ts';
import { type Tap, tapUnder } from './tap.ts';

const EPSILON = 1e-6;

export interface Hunyuan3dDitConfig {
  inChannels: number;
  width: number;
  heads: number;
  /** Channels of the condition tokens. */
  contextWidth: number;
  mlpRatio: number;
  doubleBlocks: number;
  singleBlocks: number;
  /** The guidance scale is an input (distilled models) instead of a second, unconditional pass. */
  guidanceEmbedding: boolean;
}

export interface Hunyuan3dDitInputs {
  /** `[latents, inChannels]`. */
  latents: Value;
  /** `[condition, contextWidth]`. */
  condition: Value;
  /** `[1, 256]`, see `streamEmbedding`. */
  timeEmbedding: Value;
  /** `[1, 256]`, where the configuration says so. */
  guidanceEmbedding?: Value;
}

/**
 * The whole denoiser as a model.
 * - Input `latents`: float32 `[latents, inChannels]`.
 * - Input `condition`: float32 `[condition, contextWidth]`; zeros for the unconditional pass.
 * - Input `time_embedding`, and `guidance_embedding` where the configuration says so: float32 `[1, 256]`.
 * - Output `prediction`: float32 `[latents, inChannels]`, the velocity from noise to data.
 */
export function buildHunyuan3dDit(
  weights: WeightSource,
  config: Hunyuan3dDitConfig,
  options: LayerOptions,
  tap?: Tap,
): Uint8Array {
  const g = new Graph('hunyuan3d-dit');
  const input = (name: string, shape: readonly Dim[]): Value =>
    cast(g, g.input(name, 'float32', shape), weights.compute);
  const inputs: Hunyuan3dDitInputs = {
    latents: input('latents', ['latents', config.inChannels]),
    condition: input('condition', ['condition', config.contextWidth]),
    timeEmbedding: input('time_embedding', [1, STREAM_EMBEDDING_WIDTH]),
  };
  if (config.guidanceEmbedding) inputs.guidanceEmbedding = input('guidance_embedding', [1, STREAM_EMBEDDING_WIDTH]);
  const prediction = hunyuan3dDit(new Layers(g, weights, options), config, inputs, tap);
  g.output('prediction', cast(g, prediction, 'float32'));
  return g.encode();
}

/**
 * The denoiser of Hunyuan3D-2.0 and its small, multi-view and distilled forms, `Hunyuan3DDiT`: latents and condition
 * go through blocks with weights of their own that meet in attention (double stream), then through blocks as one
 * sequence (single stream). Time and guidance shift, scale and gate every block; there are no positions.
 * @returns `[latents, inChannels]`
 */
export function hunyuan3dDit(layers: Layers, config: Hunyuan3dDitConfig, inputs: Hunyuan3dDitInputs, tap?: Tap): Value {
  const { g } = layers;
  const { width, inChannels } = config;
  const vector = silu(g, modulationVector(layers, config, inputs, tap));

  let latents = layers.linear(inputs.latents, 'latent_in', width);
  let condition = layers.linear(inputs.condition, 'cond_in', width);
  for (let b = 0; b < config.doubleBlocks; b++) {
    const block = layers.at(`double_blocks.${b}`);
    [latents, condition] = doubleBlock(block, config, latents, condition, vector, tapUnder(tap, `double${b}`));
  }
  let x = concat(g, [condition, latents], 0);
  for (let b = 0; b < config.singleBlocks; b++) {
    x = singleBlock(layers.at(`single_blocks.${b}`), config, x, vector, tapUnder(tap, `single${b}`));
  }
  latents = rowsFrom(g, x, rowCount(g, condition), latents.shape[0] ?? 0);

  const final = layers.at('final_layer');
  const [shift, scale] = split(g, vectorOf(final, vector, 'adaLN_modulation.1', 2 * width), [width, width]);
  return final.linear(modulated(g, latents, shift, scale), 'linear', inChannels);
}

function modulationVector(layers: Layers, { width }: Hunyuan3dDitConfig, inputs: Hunyuan3dDitInputs, tap?: Tap): Value {
  const { g } = layers;
  const embed = (embedding: Value, name: string): Value => {
    const part = layers.at(name);
    return part.linear(silu(g, part.linear(embedding, 'in_layer', width)), 'out_layer', width);
  };
  let sum = embed(inputs.timeEmbedding, 'time_in');
  tap?.('time_vec', sum, g);
  if (inputs.guidanceEmbedding) {
    const guidance = embed(inputs.guidanceEmbedding, 'guidance_in');
    tap?.('guidance_vec', guidance, g);
    sum = add(g, sum, guidance);
  }
  tap?.('vec', sum, g);
  return sum;
}

/** Both streams with weights of their own; each attends to the tokens of both, condition first. */
function doubleBlock(
  block: Layers,
  config: Hunyuan3dDitConfig,
  latents: Value,
  condition: Value,
  vector: Value,
  tap?: Tap,
): [latents: Value, condition: Value] {
  const { g } = block;
  const txt = openStream(block, config, condition, vector, 'txt');
  const img = openStream(block, config, latents, vector, 'img', tap);
  const key = concat(g, [txt.key, img.key], 0);
  const value = concat(g, [txt.value, img.value], 0);
  tap?.('cond.q', txt.query, g);
  tap?.('latent.q', img.query, g);
  tap?.('k', key, g);
  tap?.('v', value, g);
  const [latentsOut, conditionOut] = [img, txt].map((stream) =>
    closeStream(block, config, stream, block.attention(stream.query, key, value, config.heads)),
  ) as [Value, Value];
  tap?.('latent.out', latentsOut, g);
  tap?.('cond.out', conditionOut, g);
  return [latentsOut, conditionOut];
}

interface Stream extends Projections {
  name: 'img' | 'txt';
  x: Value;
  gate: Value;
  feedForward: Modulation;
}

/** A stream up to its attention. */
function openStream(
  block: Layers,
  config: Hunyuan3dDitConfig,
  x: Value,
  vector: Value,
  name: Stream['name'],
  tap?: Tap,
): Stream {
  const { g } = block;
  const w = config.width;
  const modulation = vectorOf(block, vector, `${name}_mod.lin`, 6 * w);
  tap?.(`${name}_mod`, modulation, g);
  const [shift1, scale1, gate1, shift2, scale2, gate2] = split(g, modulation, [w, w, w, w, w, w]);
  const attention = block.at(`${name}_attn`);
  const qkv = attention.linear(modulated(g, x, shift1, scale1), 'qkv', 3 * w);
  const projections = normProjections(attention, config, split(g, qkv, [w, w, w]));
  return { name, x, gate: gate1, feedForward: { shift: shift2, scale: scale2, gate: gate2 }, ...projections };
}

/** A stream from its attention on. */
function closeStream(block: Layers, config: Hunyuan3dDitConfig, stream: Stream, attended: Value): Value {
  const { g } = block;
  const { width, mlpRatio } = config;
  const { shift, scale, gate } = stream.feedForward;
  const x = add(g, stream.x, multiply(g, block.linear(attended, `${stream.name}_attn.proj`, width), stream.gate));
  const mlp = block.at(`${stream.name}_mlp`);
  const inner = gelu(g, mlp.linear(modulated(g, x, shift, scale), '0', mlpRatio * width), 'tanh');
  return add(g, x, multiply(g, mlp.linear(inner, '2', width), gate));
}

/** Attention and feed-forward network side by side, on the modulated tokens of both streams. */
function singleBlock(block: Layers, config: Hunyuan3dDitConfig, x: Value, vector: Value, tap?: Tap): Value {
  const { g } = block;
  const { width: w, mlpRatio, heads } = config;
  const [shift, scale, gate] = split(g, vectorOf(block, vector, 'modulation.lin', 3 * w), [w, w, w]);
  const joint = block.linear(modulated(g, x, shift, scale), 'linear1', (3 + mlpRatio) * w);
  const [q, k, v, inner] = split(g, joint, [w, w, w, mlpRatio * w]);
  const { query, key, value } = normProjections(block, config, [q, k, v]);
  tap?.('q', query, g);
  tap?.('k', key, g);
  tap?.('v', value, g);
  const both = concat(g, [block.attention(query, key, value, heads), gelu(g, inner, 'tanh')], 1);
  const out = add(g, x, multiply(g, block.linear(both, 'linear2', w), gate));
  tap?.('out', out, g);
  return out;
}

/** What goes into an attention, `[tokens, width]` each. */
interface Projections {
  query: Value;
  key: Value;
  value: Value;
}

function normProjections(
  layers: Layers,
  { heads }: Hunyuan3dDitConfig,
  [q, k, value]: readonly [Value, Value, Value],
): Projections {
  const norm = (x: Value, name: string): Value =>
    layers.perHead(x, heads, (perHead) => layers.rmsNorm(perHead, `norm.${name}.scale`, EPSILON));
  return { query: norm(q, 'query_norm'), key: norm(k, 'key_norm'), value };
}

/** Vectors of the width of the network that steer a layer. */
interface Modulation {
  shift: Value;
  scale: Value;
  gate: Value;
}

/** (1 + scale) * norm(x) + shift, the norm having no weights of its own. */
function modulated(g: Graph, x: Value, shift: Value, scale: Value): Value {
  const one = g.constant(x.dtype === 'float16' ? 'float16' : 'float32', [1], [1]);
  return layerNormalization(g, x, add(g, scale, one), shift, EPSILON);
}

/** A linear layer of one row, as a vector. */
function vectorOf(layers: Layers, row: Value, name: string, size: number): Value {
  return reshape(layers.g, layers.linear(row, name, size), [size], [size]);
}
