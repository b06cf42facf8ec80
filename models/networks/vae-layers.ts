/** What the decoder transformer and the geometry decoder of the shape VAE have in common. */
import type { Graph } from '../onnx/graph.ts';
import type { Layers } from '../onnx/layers.ts';
import { add, gelu, reshape } from '../onnx/ops.ts';
import { staticDim, type Value } from '../onnx/value.ts';

/** Of every layer norm but the very last. */
export const NORM_EPSILON = 1e-6;

/**
 * `[tokens, heads * n]` seen as `[tokens, heads, n]`. The joint projections of the VAE are stored head by head, so that
 * splitting the last axis of the view gives q, k and v without moving a weight.
 */
export function viewHeads(g: Graph, x: Value, heads: number): Value {
  const size = staticDim(x, 1) / heads;
  return reshape(g, x, [-1, heads, size], [x.shape[0] ?? 0, heads, size]);
}

/** `[tokens, heads, D]` as `[tokens, heads * D]`, as attention takes it. */
export function joinHeads(g: Graph, x: Value): Value {
  const width = staticDim(x, 1) * staticDim(x, 2);
  return reshape(g, x, [-1, width], [x.shape[0] ?? 0, width]);
}

/** `x` plus a GELU network over its norm. */
export function addFeedForward(layers: Layers, x: Value, norm: string, ratio: number): Value {
  const { g } = layers;
  const width = staticDim(x, 1);
  const inner = layers.linear(layers.layerNorm(x, norm, NORM_EPSILON), 'mlp.c_fc', width * ratio);
  return add(g, x, layers.linear(gelu(g, inner, 'none'), 'mlp.c_proj', width));
}
