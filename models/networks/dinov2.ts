import { AppError } from '../../src/errors.ts';
import { Graph } from '../onnx/graph.ts';
import { type LayerOptions, Layers } from '../onnx/layers.ts';
import { add, cast, concat, gelu, multiply, patchConvolution, reshape, silu, split, transpose } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import type { WeightSource } from '../onnx/weight-source.ts';
import { resamplePositions } from './resample-positions.ts';
import type { Tap } from './tap.ts';

export interface Dinov2Config {
  width: number;
  heads: number;
  layers: number;
  mlpRatio: number;
  /** The feed-forward part is gated (the giant model) instead of a GELU network (the smaller ones). */
  swiglu: boolean;
  patchPixels: number;
  /** Side of the pictures that the stored position table was made for. */
  tablePixels: number;
  /** Side of the pictures that this graph takes. */
  inputPixels: number;
  normEpsilon: number;
  /** Whether a vector, the same for all tokens, is added to what comes out: it tells views of an object apart. */
  viewEmbedding: boolean;
}

/**
 * The whole encoder as a model.
 * - Input `pixels`: float32 `[1, 3, inputPixels, inputPixels]`, normalised per channel, red first, top row first.
 * - Input `view_embedding`, where the configuration says so: float32 `[1, width]`.
 * - Output `tokens`: float32 `[1 + patches, width]`, class token first, then patches in rows, top left first.
 */
export function buildDinov2(weights: WeightSource, config: Dinov2Config, options: LayerOptions, tap?: Tap): Uint8Array {
  const { inputPixels, width } = config;
  const g = new Graph('dinov2');
  const layers = new Layers(g, weights, options);
  const pixels = g.input('pixels', 'float32', [1, 3, inputPixels, inputPixels]);
  const tokens = cast(g, dinov2(layers, config, cast(g, pixels, weights.compute), tap), 'float32');
  g.output('tokens', config.viewEmbedding ? add(g, tokens, g.input('view_embedding', 'float32', [1, width])) : tokens);
  return g.encode();
}

/**
 * DINOv2 (Oquab et al. 2023): a vision transformer with layer scale; all tokens after the last norm.
 * @param pixels `[1, 3, side, side]`
 * @returns `[1 + patches, width]`
 */
export function dinov2(layers: Layers, config: Dinov2Config, pixels: Value, tap?: Tap): Value {
  const { g } = layers;
  let x = embeddings(layers.at('embeddings'), config, pixels);
  tap?.('embeddings', x, g);
  for (let i = 0; i < config.layers; i++) {
    x = encoderLayer(layers.at(`encoder.layer.${i}`), config, x);
    tap?.(`layer${i}`, x, g);
  }
  return layers.layerNorm(x, 'layernorm', config.normEpsilon);
}

function embeddings(layers: Layers, config: Dinov2Config, pixels: Value): Value {
  const { g } = layers;
  const { width, patchPixels: patch } = config;
  const grid = gridOf(config, config.inputPixels);
  const weight = layers.tensor('patch_embeddings.projection.weight', [width, 3, patch, patch]);
  const bias = layers.tensor('patch_embeddings.projection.bias', [width]);
  const channelsFirst = patchConvolution(g, pixels, weight, bias, [1, width, grid, grid]);
  const patches = transpose(g, reshape(g, channelsFirst, [width, -1], [width, grid * grid]), [1, 0]);
  const classToken = reshape(g, layers.tensor('cls_token', [1, 1, width]), [1, width], [1, width]);
  return add(g, concat(g, [classToken, patches], 0), positions(layers, config, grid));
}

/** The stored table where it fits the grid of the input, otherwise resampled when the weights are prepared. */
function positions(layers: Layers, config: Dinov2Config, grid: number): Value {
  const { width } = config;
  const storedGrid = gridOf(config, config.tablePixels);
  const shape = [1 + grid * grid, width];
  if (grid === storedGrid) {
    const table = layers.tensor('position_embeddings', [1, 1 + storedGrid ** 2, width]);
    return reshape(layers.g, table, shape, shape);
  }
  return layers.computed(`position_embeddings.grid${grid}`, shape, (read) =>
    resamplePositions(read(layers.nameOf('position_embeddings')), width, grid),
  );
}

function encoderLayer(layers: Layers, config: Dinov2Config, x: Value): Value {
  const { width, normEpsilon } = config;
  const { g } = layers;
  const scaled = (y: Value, scale: string): Value => multiply(g, y, layers.tensor(`${scale}.lambda1`, [width]));
  const attended = selfAttention(layers.at('attention'), config, layers.layerNorm(x, 'norm1', normEpsilon));
  const y = add(g, x, scaled(attended, 'layer_scale1'));
  const fed = feedForward(layers.at('mlp'), config, layers.layerNorm(y, 'norm2', normEpsilon));
  return add(g, y, scaled(fed, 'layer_scale2'));
}

function selfAttention(layers: Layers, { width, heads }: Dinov2Config, x: Value): Value {
  const q = layers.linear(x, 'attention.query', width);
  const k = layers.linear(x, 'attention.key', width);
  const v = layers.linear(x, 'attention.value', width);
  return layers.linear(layers.attention(q, k, v, heads), 'output.dense', width);
}

function feedForward(layers: Layers, { width, mlpRatio, swiglu }: Dinov2Config, x: Value): Value {
  const { g } = layers;
  const inner = Math.floor(width * mlpRatio);
  if (!swiglu) return layers.linear(gelu(g, layers.linear(x, 'fc1', inner), 'none'), 'fc2', width);
  // Gating needs three matrices instead of two: 2/3 of the width, a multiple of 8, keeps the number of weights.
  const gated = 8 * Math.ceil(Math.floor((inner * 2) / 3) / 8);
  const [gate, value] = split(g, layers.linear(x, 'weights_in', 2 * gated), [gated, gated]);
  return layers.linear(multiply(g, silu(g, gate), value), 'weights_out', width);
}

function gridOf({ patchPixels }: Dinov2Config, pixels: number): number {
  if (pixels % patchPixels === 0) return pixels / patchPixels;
  throw new AppError(
    'model.unsupported',
    `the image encoder needs pictures whose side is a multiple of ${patchPixels} pixels, got ${pixels}; get the model's own configuration`,
  );
}
