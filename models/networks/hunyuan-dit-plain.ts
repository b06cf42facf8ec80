import { Graph } from '../onnx/graph.ts';
import { type LayerOptions, Layers } from '../onnx/layers.ts';
import { add, cast, concat, gelu, rowsFrom } from '../onnx/ops.ts';
import type { Dim, Value } from '../onnx/value.ts';
import type { RowRange, WeightSource } from '../onnx/weight-source.ts';
import { type ExpertsConfig, type ExpertsForm, feedForward, mixtureOfExperts } from './mixture-of-experts.ts';
import { type Tap, tapUnder } from './tap.ts';

const EPSILON = 1e-6;

export interface HunyuanDitPlainConfig extends ExpertsConfig {
  inChannels: number;
  width: number;
  heads: number;
  /** Channels of the condition tokens. */
  contextWidth: number;
  depth: number;
  /** Blocks, counted from the end, whose feed-forward network is a mixture of experts. */
  moeLayers: number;
}

export interface HunyuanDitPlainOptions extends LayerOptions {
  experts: ExpertsForm;
  /** Keys and values of the condition are inputs, which the graph of `buildConditionKeyValues` makes once per job. */
  conditionCache: boolean;
}

/** What a cross-attention looks at, `[condition, width]` each. */
export interface KeyValue {
  key: Value;
  value: Value;
}

export interface HunyuanDitPlainInputs {
  /** `[latents, inChannels]`. */
  latents: Value;
  /** `[1, width]`, see `plainTimeEmbedding`. */
  timeEmbedding: Value;
  /** The condition of a block; `attention` are the layers of its cross-attention, in the graph that uses the result. */
  keyValueOf: (attention: Layers, block: number) => KeyValue;
  /** A bool of one element; false stands for a condition of zeros. By default there is a condition. */
  conditional?: Value;
}

/**
 * The whole denoiser as a model. One session serves both branches of guidance.
 * - Input `latents`: float32 `[latents, inChannels]`.
 * - Input `time_embedding`: float32 `[1, width]`, see `plainTimeEmbedding`.
 * - Input `conditional`: bool `[1]`; where it is false the condition counts as zeros, whatever is given for it.
 * - Input `condition`: float32 `[condition, contextWidth]`. With `conditionCache` instead of it `key_<block>` and
 *   `value_<block>`: float32 `[condition, width]`. One row of anything will do where `conditional` is false.
 * - Output `prediction`: float32 `[latents, inChannels]`, the velocity from noise to data.
 */
export function buildHunyuanDitPlain(
  weights: WeightSource,
  config: HunyuanDitPlainConfig,
  options: HunyuanDitPlainOptions,
): Uint8Array {
  const g = new Graph('hunyuan-dit-plain');
  const input = (name: string, shape: readonly Dim[]): Value =>
    cast(g, g.input(name, 'float32', shape), weights.compute);
  const prediction = hunyuanDitPlain(
    new Layers(g, weights, options),
    config,
    {
      latents: input('latents', ['latents', config.inChannels]),
      timeEmbedding: input('time_embedding', [1, config.width]),
      keyValueOf: options.conditionCache ? cachedKeyValues(input, config) : computedKeyValues(input, config),
      conditional: g.input('conditional', 'bool', [1]),
    },
    options.experts,
  );
  g.output('prediction', cast(g, prediction, 'float32'));
  return g.encode();
}

/**
 * Keys and values of all cross-attentions as a model, from the same weights as the denoiser's.
 * - Input `condition`: float32 `[condition, contextWidth]`.
 * - Outputs `key_<block>`, `value_<block>`: float32 `[condition, width]`.
 */
export function buildConditionKeyValues(
  weights: WeightSource,
  config: HunyuanDitPlainConfig,
  options: LayerOptions,
): Uint8Array {
  const g = new Graph('condition-key-values');
  const layers = new Layers(g, weights, options);
  const condition = cast(g, g.input('condition', 'float32', ['condition', config.contextWidth]), weights.compute);
  for (let l = 0; l < config.depth; l++) {
    const { key, value } = conditionKeyValue(layers.at(`blocks.${l}.attn2`), config, condition);
    g.output(`key_${l}`, cast(g, key, 'float32'));
    g.output(`value_${l}`, cast(g, value, 'float32'));
  }
  return g.encode();
}

/**
 * The denoiser of Hunyuan3D-2.1, `HunYuanDiTPlain`: a transformer in the shape of a U, whose second half is also given
 * what the blocks of the first half made, last one first. Time is a token in front of the latents; there are neither
 * positions nor modulation.
 * @param tap sees no inside of the cross-attention where `conditional` is given, as that is a graph of its own
 * @returns `[latents, inChannels]`
 */
export function hunyuanDitPlain(
  layers: Layers,
  config: HunyuanDitPlainConfig,
  inputs: HunyuanDitPlainInputs,
  experts: ExpertsForm,
  tap?: Tap,
): Value {
  const { g } = layers;
  const { depth, width, inChannels } = config;
  const { latents } = inputs;
  const middle = Math.floor(depth / 2);
  const skips: Value[] = [];

  const time = timeToken(layers.at('t_embedder'), inputs.timeEmbedding, width);
  tap?.('time_token', time, g);
  let x = concat(g, [time, layers.linear(latents, 'x_embedder', width)], 0);
  for (let l = 0; l < depth; l++) {
    const block = layers.at(`blocks.${l}`);
    const tapBlock = tapUnder(tap, `block${l}`);
    const skip = l > middle ? skips.pop() : undefined;
    if (skip) {
      x = block.layerNorm(block.linear(concat(g, [skip, x], 1), 'skip_linear', width), 'skip_norm', EPSILON);
      tapBlock?.('skip.out', x, g);
    }
    x = addSelfAttention(block, config, x, tapUnder(tapBlock, 'attn1'));
    x = addCrossAttention(block, l, config, x, inputs, tapUnder(tapBlock, 'attn2'));
    const normed = block.layerNorm(x, 'norm3', EPSILON);
    const fed =
      l < depth - config.moeLayers
        ? feedForward(block.at('mlp'), normed, 'fc1', 'fc2')
        : mixtureOfExperts(block.at('moe'), config, normed, experts, tapUnder(tapBlock, 'moe'));
    x = add(g, x, fed);
    tapBlock?.('out', x, g);
    if (l < middle) skips.push(x);
  }
  const final = layers.at('final_layer');
  const withoutTime = rowsFrom(g, x, 1, latents.shape[0] ?? 0);
  return final.linear(final.layerNorm(withoutTime, 'norm_final', EPSILON), 'linear', inChannels);
}

function timeToken(layers: Layers, embedding: Value, width: number): Value {
  return layers.linear(gelu(layers.g, layers.linear(embedding, 'mlp.0', 4 * width), 'none'), 'mlp.2', width);
}

function addSelfAttention(block: Layers, config: HunyuanDitPlainConfig, x: Value, tap?: Tap): Value {
  const { g } = block;
  const layers = block.at('attn1');
  const normed = block.layerNorm(x, 'norm1', EPSILON);
  tap?.('in', normed, g);
  const [q, k, value] = headProducts(layers, config, normed, ['q', 'k', 'v']);
  const query = headNorm(layers, config, q, 'q_norm');
  const key = headNorm(layers, config, k, 'k_norm');
  return add(g, x, attend(layers, config, query, { key, value }, tap));
}

/**
 * `x` plus its cross-attention to the condition. A condition of zeros has keys and values of zeros, as they have no
 * bias, so all that is left of the attention is the bias of its last layer.
 */
function addCrossAttention(
  block: Layers,
  index: number,
  config: HunyuanDitPlainConfig,
  x: Value,
  { keyValueOf, conditional }: HunyuanDitPlainInputs,
  tap?: Tap,
): Value {
  const withCondition = (g: Graph, innerTap?: Tap): Value => {
    const inner = block.on(g);
    const layers = inner.at('attn2');
    const normed = inner.layerNorm(x, 'norm2', EPSILON);
    innerTap?.('in', normed, g);
    const q = layers.linear(normed, 'to_q', config.width, { bias: false });
    const query = headNorm(layers, config, q, 'q_norm');
    return add(g, x, attend(layers, config, query, keyValueOf(layers, index), innerTap));
  };
  if (!conditional) return withCondition(block.g, tap);
  const bias = block.tensor('attn2.out_proj.bias', [config.width]);
  return block.g.choose(
    conditional,
    x,
    (g) => withCondition(g),
    (g) => add(g, x, bias),
  );
}

/**
 * Keys and values of one cross-attention.
 * @param condition `[condition, contextWidth]`
 */
export function conditionKeyValue(layers: Layers, config: HunyuanDitPlainConfig, condition: Value): KeyValue {
  const [k, value] = headProducts(layers, config, condition, ['k', 'v']);
  return { key: headNorm(layers, config, k, 'k_norm'), value };
}

function attend(
  layers: Layers,
  { width, heads }: HunyuanDitPlainConfig,
  query: Value,
  { key, value }: KeyValue,
  tap?: Tap,
): Value {
  tap?.('q', query, layers.g);
  tap?.('k', key, layers.g);
  tap?.('v', value, layers.g);
  const out = layers.linear(layers.attention(query, key, value, heads), 'out_proj', width);
  tap?.('out', out, layers.g);
  return out;
}

function headNorm(layers: Layers, { heads }: HunyuanDitPlainConfig, x: Value, name: string): Value {
  return layers.perHead(x, heads, (perHead) => layers.rmsNorm(perHead, `${name}.weight`, EPSILON));
}

/**
 * Products with `to_q`, `to_k`, `to_v` as the trained network reads them: it joins the results along the channels and
 * only then cuts them into heads, and every head into its parts. So with 16 heads the first five take queries, keys
 * and values all from `to_q`. Here the rows of the matrices are put in that order instead, which leaves ordinary heads.
 */
function headProducts<const P extends readonly string[]>(
  layers: Layers,
  { width, heads }: HunyuanDitPlainConfig,
  x: Value,
  parts: P,
): { [K in keyof P]: Value } {
  const size = width / heads;
  const rowsOf = (part: number): RowRange[] =>
    Array.from({ length: heads }, (_, head) => {
      const piece = head * parts.length + part;
      const tensor = layers.nameOf(`to_${parts[Math.floor(piece / heads)]}.weight`);
      return { tensor, firstRow: (piece % heads) * size, rowCount: size };
    });
  const products = parts.map((part, i) => layers.stackedLinear(x, `${part}_by_head`, rowsOf(i)));
  return products as unknown as { [K in keyof P]: Value };
}

type Input = (name: string, shape: readonly Dim[]) => Value;

function computedKeyValues(input: Input, config: HunyuanDitPlainConfig): HunyuanDitPlainInputs['keyValueOf'] {
  const condition = input('condition', ['condition', config.contextWidth]);
  return (attention) => conditionKeyValue(attention, config, condition);
}

function cachedKeyValues(input: Input, { depth, width }: HunyuanDitPlainConfig): HunyuanDitPlainInputs['keyValueOf'] {
  const cached = Array.from({ length: depth }, (_, l) => ({
    key: input(`key_${l}`, ['condition', width]),
    value: input(`value_${l}`, ['condition', width]),
  }));
  return (_, block) => cached[block] as KeyValue;
}
