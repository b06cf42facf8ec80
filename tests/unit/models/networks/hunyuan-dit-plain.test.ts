import { describe, expect, test } from 'bun:test';
import type { WeightFormat } from '../../../../models/build/weight-store.ts';
import {
  buildConditionKeyValues,
  buildHunyuanDitPlain,
  conditionKeyValue,
  type HunyuanDitPlainConfig,
  type HunyuanDitPlainOptions,
  hunyuanDitPlain,
} from '../../../../models/networks/hunyuan-dit-plain.ts';
import type { ExpertsForm } from '../../../../models/networks/mixture-of-experts.ts';
import { plainTimeEmbedding } from '../../../../models/networks/sinusoidal-embedding.ts';
import type { Tap } from '../../../../models/networks/tap.ts';
import { Graph } from '../../../../models/onnx/graph.ts';
import { Layers } from '../../../../models/onnx/layers.ts';
import { concat, reshape, split } from '../../../../models/onnx/ops.ts';
import type { Value } from '../../../../models/onnx/value.ts';
import type { RowRange, WeightSource } from '../../../../models/onnx/weight-source.ts';
import { buildOverCheckpoint } from '../../../helpers/checkpoint-model.ts';
import { expectClose, expectGolden, joinHeadRows } from '../../../helpers/expect-tensor.ts';
import { hashInput, hashWeights } from '../../../helpers/hash-weights.ts';
import { type Feed, runGraph, type TensorData } from '../../../helpers/run-graph.ts';
import { PLAIN_21 } from '../../../helpers/tiny-denoisers.ts';
import { referenceOf, TINY_21 } from '../../../helpers/tiny-models.ts';

const OPTIONS: HunyuanDitPlainOptions = { attention: 'fused', experts: 'sparse', conditionCache: false };
const reference = referenceOf(TINY_21);

/** The network as its paper has it, always attending to its condition, with every step as an output. */
function buildTapped(weights: WeightSource, config: HunyuanDitPlainConfig, experts: ExpertsForm): Uint8Array {
  const g = new Graph('tapped');
  const asOutput: Tap = (name, value, graph) => graph.output(name, value);
  const condition = g.input('condition', 'float32', ['condition', config.contextWidth]);
  const inputs = {
    latents: g.input('latents', 'float32', ['latents', config.inChannels]),
    timeEmbedding: g.input('time_embedding', 'float32', [1, config.width]),
    keyValueOf: (attention: Layers) => conditionKeyValue(attention, config, condition),
  };
  const layers = new Layers(g, weights, OPTIONS);
  g.output('prediction', hunyuanDitPlain(layers, config, inputs, experts, asOutput));
  return g.encode();
}

function buildTiny(options: Partial<HunyuanDitPlainOptions> = {}, format: WeightFormat = 'fp32'): Uint8Array {
  return buildOverCheckpoint(TINY_21.checkpoint, 'model.', format, (weights) =>
    buildHunyuanDitPlain(weights, PLAIN_21, { ...OPTIONS, ...options }),
  );
}

function rows(data: Float32Array, width: number): Feed {
  return { dtype: 'float32', dims: [data.length / width, width], data };
}

function bool(value: boolean): Feed {
  return { dtype: 'bool', dims: [1], data: Uint8Array.of(value ? 1 : 0) };
}

interface Call {
  latents: Float32Array;
  time: number;
}

function feedsOf({ latents, time }: Call, { inChannels, width }: HunyuanDitPlainConfig): Record<string, Feed> {
  return { latents: rows(latents, inChannels), time_embedding: rows(plainTimeEmbedding(time, width), width) };
}

/** Call `n` of the reference. */
function referenceCall(n: 0 | 1): Call & { expected: (row: number) => Float32Array } {
  const latents = reference(`denoise${n}.x`);
  const out = reference(`denoise${n}.out`);
  return {
    latents,
    time: reference(`denoise${n}.t`)[0] ?? Number.NaN,
    expected: (row) => out.subarray(row * latents.length, (row + 1) * latents.length),
  };
}

const CONDITION = rows(reference('cond'), PLAIN_21.contextWidth);
const ZEROS = rows(reference('uncond'), PLAIN_21.contextWidth);

async function predictTiny(model: Uint8Array, n: 0 | 1, conditional: boolean): Promise<Float32Array | undefined> {
  const feeds = { ...feedsOf(referenceCall(n), PLAIN_21), condition: CONDITION, conditional: bool(conditional) };
  return (await runGraph(model, feeds)).prediction?.data;
}

describe('reference tensors', () => {
  test.each([
    [0, 'sparse', CONDITION],
    [1, 'sparse', ZEROS],
    [0, 'dense', CONDITION],
  ] as const)('every step of the first call: batch row %i, %s experts', async (row, experts, condition) => {
    const model = buildOverCheckpoint(TINY_21.checkpoint, 'model.', 'fp32', (weights) =>
      buildTapped(weights, PLAIN_21, experts),
    );
    const call = referenceCall(0);
    const got = await runGraph(model, { ...feedsOf(call, PLAIN_21), condition });

    const rowOf = (tap: string): Float32Array => {
      const stored = reference(`denoise0.${tap}`);
      return stored.subarray((row * stored.length) / 2, ((row + 1) * stored.length) / 2);
    };
    const blocks = [0, 1, 2, 3, 4].map((l) => `block${l}.out`);
    const attentions = ['block0.attn1.out', 'block0.attn2.out', 'block3.skip.out'];
    const mixtures = [3, 4].flatMap((l) =>
      ['in', 'out', 'probs', 'topk_weight'].map((part) => `block${l}.moe.${part}`),
    );
    for (const tap of ['time_token', ...blocks, ...attentions, ...mixtures]) {
      expectClose(got[tap]?.data, rowOf(tap), 1e-4);
    }
    for (const tap of ['attn1.q', 'attn1.k', 'attn1.v', 'attn2.q', 'attn2.k', 'attn2.v']) {
      const perHead = rowOf(`block0.${tap}`);
      const joined = joinHeadRows(perHead, PLAIN_21.heads, perHead.length / PLAIN_21.width);
      const actual = got[`block0.${tap}`]?.data;
      // Keys and values of zeros have no magnitude to be relative to.
      if (joined.some((x) => x !== 0)) expectClose(actual, joined, 1e-4);
      else expect(actual?.every((x) => x === 0)).toBe(true);
    }
    for (const l of [3, 4]) {
      expect(expertSets(got[`block${l}.moe.topk_index`]?.data)).toEqual(expertSets(rowOf(`block${l}.moe.topk_index`)));
    }
    expectClose(got.prediction?.data, call.expected(row), 1e-4);
  });

  test('one session serves both branches of guidance, and skipping the condition is a condition of zeros', async () => {
    const model = buildTiny();
    for (const n of [0, 1] as const) {
      expectClose(await predictTiny(model, n, true), referenceCall(n).expected(0), 1e-4);
      expectClose(await predictTiny(model, n, false), referenceCall(n).expected(1), 1e-4);
    }
  });
});

function expertSets(indices: Float32Array | undefined): number[][] {
  const chosen = Array.from(indices ?? []);
  return Array.from({ length: chosen.length / 2 }, (_, token) => chosen.slice(2 * token, 2 * token + 2).sort());
}

describe('other ways to the same numbers', () => {
  const expected = predictTiny(buildTiny(), 0, true);

  test('keys and values of the condition from a graph of their own', async () => {
    const model = buildTiny({ conditionCache: true });
    const conditionModel = buildOverCheckpoint(TINY_21.checkpoint, 'model.', 'fp32', (weights) =>
      buildConditionKeyValues(weights, PLAIN_21, OPTIONS),
    );
    const cached = await runGraph(conditionModel, { condition: CONDITION });
    expect(Object.keys(cached).length).toBe(2 * PLAIN_21.depth);
    const feeds = feedsOf(referenceCall(0), PLAIN_21);
    const keyValues = mapValues(cached, ({ data }) => rows(data, PLAIN_21.width));
    const got = await runGraph(model, { ...feeds, ...keyValues, conditional: bool(true) });
    expect(got.prediction?.data).toEqual((await expected) as Float32Array);

    const oneRow = mapValues(cached, () => rows(new Float32Array(PLAIN_21.width).fill(Number.NaN), PLAIN_21.width));
    const without = await runGraph(model, { ...feeds, ...oneRow, conditional: bool(false) });
    expectClose(without.prediction?.data, referenceCall(0).expected(1), 1e-4);
  });

  test('experts that see every token', async () => {
    const dense = await predictTiny(buildTiny({ experts: 'dense' }), 0, true);
    expectClose(dense, (await expected) as Float32Array, 1e-6);
  });

  test('16-bit weights that are widened when the network is loaded', async () => {
    expectClose(await predictTiny(buildTiny({}, 'fp32-in-place'), 0, true), (await expected) as Float32Array, 1e-6);
  });

  test('attention written as products', async () => {
    const decomposed = await predictTiny(buildTiny({ attention: 'decomposed' }), 0, true);
    expectClose(decomposed, (await expected) as Float32Array, 1e-5);
  });

  // Every layer is quantised here, and random weights have no slack: real networks fare better.
  test.each([
    ['fp16', 1e-2],
    ['int8', 2e-2],
    ['int4', 0.4],
  ] as const)('cheaper arithmetic stays near the reference: %s', async (format, tolerance) => {
    const got = await predictTiny(buildTiny({}, format), 0, true);
    expectClose(got, referenceCall(0).expected(0), tolerance);
    expect(got).not.toEqual((await expected) as Float32Array);
  });
});

function mapValues<T, U>(record: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

const HASHED: HunyuanDitPlainConfig = { ...PLAIN_21, depth: 4 };

/** Whole tensors, from which rows are taken, in networks with hashed weights. */
const STORED = Object.fromEntries(
  Array.from({ length: 5 }, (_, l) => `blocks.${l}`).flatMap((block) => [
    ...['q', 'k', 'v'].map((part) => [`${block}.attn1.to_${part}.weight`, [64, 64]] as const),
    ...['k', 'v'].map((part) => [`${block}.attn2.to_${part}.weight`, [64, 32]] as const),
  ]),
);

describe('golden numbers over hashed weights', () => {
  const LATENTS = hashInput('input.x', [1, 16, 8]);
  const HASHED_CONDITION = rows(hashInput('input.cond', [1, 5, 32]), 32);

  async function run(depth: number, condition: Feed): Promise<Record<string, TensorData>> {
    const config = { ...HASHED, depth };
    const model = buildTapped(hashWeights(STORED), config, 'sparse');
    return runGraph(model, { ...feedsOf({ latents: LATENTS, time: 0.3 }, config), condition });
  }

  test('four blocks, the last with a skip', async () => {
    const got = await run(4, HASHED_CONDITION);
    const lines = {
      time_token:
        '[1,1,64] | -2.38576 | 10.46512 | -0.220726 0.152367 0.127512 -0.521873 -0.065469 0.665801 | 0.447539 -0.503811 -0.283800',
      'block0.out':
        '[1,17,64] | 35.73712 | 1458.26174 | -0.413609 -0.314183 -0.192812 -0.014292 0.692607 -0.053650 | 2.427827 0.454588 2.598514',
      'block1.out':
        '[1,17,64] | 110.10849 | 2127.66743 | 0.342263 0.970629 -1.118920 -0.555346 1.520594 1.506816 | 2.330913 0.784745 2.238045',
      'block2.out':
        '[1,17,64] | 188.82496 | 3758.69316 | 1.079222 0.647007 0.147288 -2.643437 1.570512 0.343898 | 0.801471 0.842438 1.935856',
      'block3.out':
        '[1,17,64] | -88.52469 | 2004.12130 | -0.600304 0.921606 -1.728814 -0.450799 -0.465845 -0.600452 | -1.788436 -0.312122 0.505486',
      prediction:
        '[1,16,8] | -15.65167 | 97.58368 | 0.882829 -1.567314 0.387325 0.064547 -0.503360 -0.509850 | -0.145781 0.723645 -0.214690',
    };
    for (const [name, line] of Object.entries(lines)) expectGolden(got[name], line);

    const routing = (l: number): [number[], number[]] => [
      Array.from(got[`block${l}.moe.topk_index`]?.data.subarray(0, 4) ?? []),
      Array.from(got[`block${l}.moe.topk_weight`]?.data.subarray(0, 4) ?? [], (weight) => Number(weight.toFixed(5))),
    ];
    expect(routing(2)).toEqual([
      [0, 1, 0, 1],
      [0.58197, 0.24191, 0.72234, 0.15894],
    ]);
    expect(routing(3)).toEqual([
      [0, 3, 0, 3],
      [0.50449, 0.24733, 0.42621, 0.2739],
    ]);
  });

  test('four blocks over a condition of zeros', async () => {
    const { prediction } = await run(4, rows(new Float32Array(5 * 32), 32));
    expectGolden(
      prediction,
      '[1,16,8] | -5.97983 | 132.51456 | 0.978463 -1.662046 0.393090 0.405834 -0.184452 -0.532598 | -0.036202 0.929171 -0.444661',
    );
  });

  test('five blocks, whose skips are taken last one first', async () => {
    const got = await run(5, HASHED_CONDITION);
    const lines = {
      'block2.out':
        '[1,17,64] | 215.43297 | 3261.95547 | 1.049390 0.999041 0.532486 -1.796625 1.622602 0.540917 | 2.527605 0.731491 2.435006',
      'block3.out':
        '[1,17,64] | -120.00648 | 1797.23890 | -1.231643 -0.068810 -2.237436 -0.044859 -1.073115 -1.011111 | -1.896015 -0.333498 -0.274390',
      'block4.out':
        '[1,17,64] | -289.31935 | 2326.63374 | 2.338222 -3.576699 0.944202 -1.100577 0.427561 1.144076 | -1.327133 -0.166795 -2.005837',
      prediction:
        '[1,16,8] | 24.63799 | 154.50634 | 2.966812 -0.208251 0.059972 -0.536930 -0.374422 -0.579605 | -0.835674 -0.271099 -0.790173',
    };
    for (const [name, line] of Object.entries(lines)) expectGolden(got[name], line);
  });

  test('five blocks over a condition of zeros', async () => {
    const { prediction } = await run(5, rows(new Float32Array(5 * 32), 32));
    expectGolden(
      prediction,
      '[1,16,8] | 18.53267 | 146.53743 | 2.760512 -0.098445 -0.224428 -0.642882 -0.772929 -0.455898 | -0.581897 -0.339821 -0.164423',
    );
  });

  test('Euler steps with guidance, both branches from one session', async () => {
    const model = buildHunyuanDitPlain(hashWeights(STORED), HASHED, OPTIONS);
    const lines = [
      '[1,16,8] | -7.52742 | 128.43121 | -0.367764 -1.553360 -0.306930 -0.037277 0.447974 1.251345 | -0.322982 -1.545152 -0.452565',
      '[1,16,8] | -16.04400 | 151.62373 | -0.206367 -1.863791 -0.036191 -0.497307 0.091479 1.123627 | -0.401129 -1.579048 -0.331804',
      '[1,16,8] | -21.69318 | 188.12398 | -0.094150 -2.199336 0.227814 -0.939225 -0.219674 1.048221 | -0.388025 -1.555066 -0.159819',
      '[1,16,8] | -25.53131 | 243.60032 | -0.007608 -2.593672 0.475077 -1.421821 -0.457570 1.017361 | -0.324079 -1.508955 0.016044',
    ];
    const guidance = 5;
    let latents = LATENTS;
    for (const [step, line] of lines.entries()) {
      const feeds = { ...feedsOf({ latents, time: step / 4 }, HASHED), condition: HASHED_CONDITION };
      const branch = async (conditional: boolean): Promise<Float32Array> =>
        (await runGraph(model, { ...feeds, conditional: bool(conditional) })).prediction!.data;
      const [guided, free] = [await branch(true), await branch(false)];
      latents = latents.map((x, i) => x + (free[i]! + guidance * (guided[i]! - free[i]!)) / 4);
      expectGolden({ dims: [16, 8], data: latents }, line, 1e-3);
    }
  });
});

describe('rows put in the order of heads', () => {
  test('give what joining, cutting into heads and cutting heads into parts gives', async () => {
    const { g, layers } = emptyGraph();
    const x = g.input('x', 'float32', ['tokens', 64]);
    const context = g.input('context', 'float32', ['condition', 32]);
    const weights = layers.at('blocks.0');
    const q = weights.linear(x, 'attn2.to_q', 64, { bias: false });
    const self = literalParts(weights.at('attn1'), x, ['to_q', 'to_k', 'to_v']);
    const cross = literalParts(weights.at('attn2'), context, ['to_k', 'to_v']);
    const attended = (name: string, parts: readonly Value[]): Value => {
      const attention = weights.at(name);
      const [query, key, value] = parts as [Value, Value, Value];
      const norm = (part: Value, gain: string): Value =>
        attention.perHead(part, 4, (perHead) => attention.rmsNorm(perHead, `${gain}.weight`, 1e-6));
      const heads = attention.attention(norm(query, 'q_norm'), norm(key, 'k_norm'), value, 4);
      return attention.linear(heads, 'out_proj', 64);
    };
    g.output('self', attended('attn1', self));
    g.output('cross', attended('attn2', [q, ...cross]));

    const call = { ...feedsOf({ latents: hashInput('input.x', [1, 16, 8]), time: 0.3 }, HASHED) };
    const condition = hashInput('input.cond', [1, 5, 32]);
    const folded = await runGraph(buildTapped(hashWeights(STORED), HASHED, 'sparse'), {
      ...call,
      condition: rows(condition, 32),
    });
    const literal = g.encode();
    const selfInput = rows(folded['block0.attn1.in']!.data, 64);
    const crossInput = rows(folded['block0.attn2.in']!.data, 64);
    const inputs = { context: rows(condition, 32) };
    expectClose(
      folded['block0.attn1.out']?.data,
      (await runGraph(literal, { ...inputs, x: selfInput })).self!.data,
      1e-5,
    );
    expectClose(
      folded['block0.attn2.out']?.data,
      (await runGraph(literal, { ...inputs, x: crossInput })).cross!.data,
      1e-5,
    );
  });

  test('of the published size: head 5 has its query from one matrix, its key and value from the next', () => {
    const stacked = new Map<string, readonly RowRange[]>();
    const place = { path: '/weights', byteOffset: 0, byteLength: 0, dtype: 'float16' } as const;
    const weights: WeightSource = {
      compute: 'float16',
      has: () => true,
      tensor: () => place,
      stackedRows: (key, ranges) => {
        stacked.set(key, ranges);
        return place;
      },
      computed: () => place,
      quantised: () => undefined,
    };
    const published: HunyuanDitPlainConfig = {
      inChannels: 64,
      width: 2048,
      heads: 16,
      contextWidth: 1024,
      depth: 21,
      moeLayers: 6,
      experts: 8,
      expertsPerToken: 2,
    };
    buildHunyuanDitPlain(weights, published, OPTIONS);

    expect(stacked.size).toBe(21 * 5);
    const range = (key: string, head: number): string => {
      const { tensor, firstRow, rowCount } = stacked.get(`blocks.20.${key}`)![head]!;
      return `${tensor.replace('blocks.20.', '')} ${firstRow}-${firstRow + rowCount - 1}`;
    };
    const selfParts = (head: number): string[] => ['q', 'k', 'v'].map((part) => range(`attn1.${part}_by_head`, head));
    expect(selfParts(4)).toEqual([
      'attn1.to_q.weight 1536-1663',
      'attn1.to_q.weight 1664-1791',
      'attn1.to_q.weight 1792-1919',
    ]);
    expect(selfParts(5)).toEqual([
      'attn1.to_q.weight 1920-2047',
      'attn1.to_k.weight 0-127',
      'attn1.to_k.weight 128-255',
    ]);
    expect(selfParts(10)).toEqual([
      'attn1.to_k.weight 1792-1919',
      'attn1.to_k.weight 1920-2047',
      'attn1.to_v.weight 0-127',
    ]);
    const crossParts = (head: number): string[] => ['k', 'v'].map((part) => range(`attn2.${part}_by_head`, head));
    expect(crossParts(7)).toEqual(['attn2.to_k.weight 1792-1919', 'attn2.to_k.weight 1920-2047']);
    expect(crossParts(8)).toEqual(['attn2.to_v.weight 0-127', 'attn2.to_v.weight 128-255']);
  });
});

function emptyGraph(): { g: Graph; layers: Layers } {
  const g = new Graph('literal');
  return { g, layers: new Layers(g, hashWeights(STORED), OPTIONS) };
}

/** Joins the products along the channels, cuts the result into four heads, and every head into the parts. */
function literalParts(layers: Layers, x: Value, names: readonly string[]): Value[] {
  const { g } = layers;
  const products = names.map((name) => layers.linear(x, name, 64, { bias: false })) as [Value, ...Value[]];
  const size = 16 * names.length;
  const heads = reshape(g, concat(g, products, 1), [-1, 4, size], [x.shape[0] ?? 0, 4, size]);
  const parts: Value[] = split(
    g,
    heads,
    names.map(() => 16),
  );
  return parts.map((part) => reshape(g, part, [-1, 64], [x.shape[0] ?? 0, 64]));
}
