import type { Layers } from '../onnx/layers.ts';
import {
  add,
  cast,
  equal,
  gather,
  gelu,
  gemm,
  multiply,
  nonZeroRows,
  reduceSum,
  reshape,
  scatterAddRows,
  softmax,
  topK,
} from '../onnx/ops.ts';
import { staticDim, type Value } from '../onnx/value.ts';
import type { Tap } from './tap.ts';

export interface ExpertsConfig {
  experts: number;
  expertsPerToken: number;
}

/**
 * How experts are evaluated; the results are the same.
 * - `sparse`: every expert sees only the tokens that chose it. Row counts depend on the data, so a provider must be
 *   able to find positions (`NonZero`); one that cannot hands that operator to the CPU, which costs a round trip per expert.
 * - `dense`: every expert sees every token and is weighted by 0 where it was not chosen: `experts / expertsPerToken`
 *   times the work, fixed shapes.
 */
export type ExpertsForm = 'sparse' | 'dense';

/**
 * Feed-forward networks of which every token takes the few that a router finds most probable, weighted by their
 * probabilities among all experts, plus one that every token takes with weight 1.
 * @param layers `gate`, `experts.<e>`, `shared_experts`
 * @param x `[tokens, channels]`
 */
export function mixtureOfExperts(layers: Layers, config: ExpertsConfig, x: Value, form: ExpertsForm, tap?: Tap): Value {
  const { g } = layers;
  tap?.('in', x, g);
  const { weights, indices } = route(layers, config, x, tap);
  // Floats, as GPUs compare those natively; expert numbers are exact in them.
  const chosen = cast(g, indices, 'float32');

  // Summed in 32 bits: runtimes cannot scatter-add 16-bit rows everywhere.
  const expert = (e: number, input: Value, share: Value): Value => {
    const out = cast(g, feedForward(layers.at(`experts.${e}`), input, 'net.0.proj', 'net.2'), 'float32');
    return multiply(g, out, reshape(g, share, [-1, 1], [input.shape[0] ?? 0, 1]));
  };
  let sum = cast(g, feedForward(layers.at('shared_experts'), x, 'net.0.proj', 'net.2'), 'float32');
  for (let e = 0; e < config.experts; e++) {
    const isChosen = cast(g, equal(g, chosen, g.constant('float32', [], [e])), 'float32');
    const weight = reduceSum(g, multiply(g, weights, isChosen), 1);
    if (form === 'dense') {
      sum = add(g, sum, expert(e, x, weight));
    } else {
      const rows = nonZeroRows(g, weight);
      const positions = reshape(g, rows, [-1], ['found']);
      sum = scatterAddRows(g, sum, rows, expert(e, gather(g, x, positions), gather(g, weight, positions)));
    }
  }
  const out = cast(g, sum, x.dtype);
  tap?.('out', out, g);
  return out;
}

/** Two linear layers, the first four times as wide, around an exact GELU. */
export function feedForward(layers: Layers, x: Value, first: string, second: string): Value {
  const channels = staticDim(x, 1);
  return layers.linear(gelu(layers.g, layers.linear(x, first, 4 * channels), 'none'), second, channels);
}

/** Weights (float32) and numbers of the chosen experts, both `[tokens, expertsPerToken]`, most probable first. */
function route(layers: Layers, config: ExpertsConfig, x: Value, tap?: Tap): { weights: Value; indices: Value } {
  const { g } = layers;
  // Not `linear`: the choice is a step function of these few products, so the router is never quantised.
  const logits = gemm(g, x, layers.tensor('gate.weight', [config.experts, staticDim(x, 1)]), undefined);
  const probabilities = softmax(g, cast(g, logits, 'float32'));
  const { values: weights, indices } = topK(g, probabilities, config.expertsPerToken);
  tap?.('probs', probabilities, g);
  tap?.('topk_weight', weights, g);
  tap?.('topk_index', indices, g);
  return { weights, indices };
}
