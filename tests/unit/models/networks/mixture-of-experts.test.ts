import { describe, expect, test } from 'bun:test';
import type { WeightFormat } from '../../../../models/build/weight-store.ts';
import { type ExpertsForm, mixtureOfExperts } from '../../../../models/networks/mixture-of-experts.ts';
import { Graph } from '../../../../models/onnx/graph.ts';
import { Layers } from '../../../../models/onnx/layers.ts';
import { cast } from '../../../../models/onnx/ops.ts';
import { buildOverCheckpoint } from '../../../helpers/checkpoint-model.ts';
import { exactGelu } from '../../../helpers/exact-gelu.ts';
import { expectClose } from '../../../helpers/expect-tensor.ts';
import { hashInput, hashTensor, hashWeights } from '../../../helpers/hash-weights.ts';
import { runGraph, type TensorData } from '../../../helpers/run-graph.ts';
import { PLAIN_21 } from '../../../helpers/tiny-denoisers.ts';
import { TINY_21 } from '../../../helpers/tiny-models.ts';

const CHANNELS = 8;
const EXPERTS = 6;

function build(form: ExpertsForm, expertsPerToken: number): Uint8Array {
  const g = new Graph('experts');
  const layers = new Layers(g, hashWeights(), { attention: 'fused' });
  const x = g.input('x', 'float32', ['tokens', CHANNELS]);
  const config = { experts: EXPERTS, expertsPerToken };
  g.output(
    'y',
    mixtureOfExperts(layers, config, x, form, (name, value, graph) => graph.output(name, value)),
  );
  return g.encode();
}

async function run(model: Uint8Array, tokens: number): Promise<Record<string, TensorData>> {
  return runGraph(model, { x: { dtype: 'float32', dims: [tokens, CHANNELS], data: inputOf(tokens) } });
}

function inputOf(tokens: number): Float32Array {
  return hashInput('input.x', [tokens, CHANNELS]);
}

/** The definition, one token at a time in 64 bits. */
function mixtureOfToken(x: readonly number[], expertsPerToken: number): number[] {
  const product = (row: readonly number[], name: string, out: number): number[] => {
    const weight = hashTensor(`${name}.weight`, [out, row.length]);
    const bias = name === 'gate' ? undefined : hashTensor(`${name}.bias`, [out]);
    return Array.from({ length: out }, (_, o) =>
      row.reduce((sum, value, i) => sum + value * weight[o * row.length + i]!, bias?.[o] ?? 0),
    );
  };
  const feedForward = (name: string): number[] =>
    product(product(x, `${name}.net.0.proj`, 4 * CHANNELS).map(exactGelu), `${name}.net.2`, CHANNELS);

  const exponentials = product(x, 'gate', EXPERTS).map(Math.exp);
  const total = exponentials.reduce((sum, value) => sum + value);
  const ranked = exponentials.map((value, e) => ({ e, p: value / total })).sort((a, b) => b.p - a.p);
  const sum = feedForward('shared_experts');
  for (const { e, p } of ranked.slice(0, expertsPerToken)) {
    for (const [i, value] of feedForward(`experts.${e}`).entries()) sum[i]! += p * value;
  }
  return sum;
}

describe.each(['sparse', 'dense'] as const)('%s experts', (form) => {
  test.each([1, 2, 3])('give what the definition gives, each token taking %i', async (expertsPerToken) => {
    const tokens = 20;
    const { y } = await run(build(form, expertsPerToken), tokens);
    const x = inputOf(tokens);
    const expected = Array.from({ length: tokens }, (_, t) =>
      mixtureOfToken(Array.from(x.subarray(t * CHANNELS, (t + 1) * CHANNELS)), expertsPerToken),
    );
    expectClose(y?.data, Float32Array.from(expected.flat()), 2e-6);
  });

  test('that no token chose change nothing: one token leaves four of six without', async () => {
    const { y, topk_index: chosen } = await run(build(form, 2), 1);
    expect(new Set(chosen?.data).size).toBe(2);
    expectClose(y?.data, Float32Array.from(mixtureOfToken(Array.from(inputOf(1)), 2)), 2e-6);
  });
});

test.each([
  ['fp16', 1e-2],
  ['int8', 2e-2],
  ['int4', 0.3],
] as const)('experts without tokens do no harm in %s', async (format, tolerance) => {
  const x = { dtype: 'float32', dims: [1, 64], data: hashInput('input.x', [1, 64]) } as const;
  const result = async (weightFormat: WeightFormat): Promise<Float32Array | undefined> => {
    const model = buildOverCheckpoint(TINY_21.checkpoint, 'model.blocks.4.moe.', weightFormat, (weights) => {
      const g = new Graph('experts');
      const layers = new Layers(g, weights, { attention: 'fused' });
      const input = cast(g, g.input('x', 'float32', ['tokens', 64]), weights.compute);
      g.output('y', cast(g, mixtureOfExperts(layers, PLAIN_21, input, 'sparse'), 'float32'));
      return g.encode();
    });
    return (await runGraph(model, { x })).y?.data;
  };
  expectClose(await result(format), (await result('fp32')) ?? new Float32Array(), tolerance);
});

test('weights are probabilities among all experts, not among the chosen ones', async () => {
  const { probs, topk_weight: weights, topk_index: chosen } = await run(build('sparse', 2), 20);
  for (let token = 0; token < 20; token++) {
    const all = Array.from(probs!.data.subarray(token * EXPERTS, (token + 1) * EXPERTS));
    const [first, second] = weights!.data.subarray(2 * token, 2 * token + 2);
    expect([all[chosen!.data[2 * token]!], all[chosen!.data[2 * token + 1]!]]).toEqual([first, second]);
    expect([first, second]).toEqual(all.toSorted((a, b) => b - a).slice(0, 2));
    expect(first! + second!).toBeLessThan(0.999);
  }
});
