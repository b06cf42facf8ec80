import { Graph } from '../../../../models/onnx/graph.ts';
import { type LayerOptions, Layers } from '../../../../models/onnx/layers.ts';
import { add, cast, gelu } from '../../../../models/onnx/ops.ts';
import type { Value } from '../../../../models/onnx/value.ts';
import type { WeightSource } from '../../../../models/onnx/weight-source.ts';

export interface RefinerConfig {
  width: number;
  heads: number;
  depth: number;
}

/**
 * The whole network as a model.
 * - Input `tokens`: float32 `[tokens, width]`.
 * - Output `refined`: float32 `[tokens, width]`.
 */
export function buildRefiner(weights: WeightSource, config: RefinerConfig, options: LayerOptions): Uint8Array {
  const g = new Graph('refiner');
  const tokens = g.input('tokens', 'float32', ['tokens', config.width]);
  const refined = refiner(new Layers(g, weights, options), config, cast(g, tokens, weights.compute));
  g.output('refined', cast(g, refined, 'float32'));
  return g.encode();
}

/** A transformer encoder with the norms before its layers. */
export function refiner(layers: Layers, config: RefinerConfig, tokens: Value): Value {
  const { g } = layers;
  let x = tokens;
  for (let l = 0; l < config.depth; l++) {
    const block = layers.at(`blocks.${l}`);
    x = add(g, x, selfAttention(block.at('attn'), config, block.layerNorm(x, 'norm1', 1e-6)));
    x = add(g, x, feedForward(block.at('mlp'), config, block.layerNorm(x, 'norm2', 1e-6)));
  }
  return layers.layerNorm(x, 'norm', 1e-6);
}

function selfAttention(layers: Layers, { width, heads }: RefinerConfig, x: Value): Value {
  const q = layers.linear(x, 'q', width);
  const k = layers.linear(x, 'k', width);
  const v = layers.linear(x, 'v', width);
  return layers.linear(layers.attention(q, k, v, heads), 'out', width);
}

function feedForward(layers: Layers, { width }: RefinerConfig, x: Value): Value {
  return layers.linear(gelu(layers.g, layers.linear(x, 'up', 4 * width), 'none'), 'down', width);
}
