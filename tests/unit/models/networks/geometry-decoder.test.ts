import { describe, expect, test } from 'bun:test';
import type { WeightFormat } from '../../../../models/build/weight-store.ts';
import {
  buildGeometryDecoder,
  buildGeometryKeys,
  type GeometryDecoderConfig,
} from '../../../../models/networks/geometry-decoder.ts';
import type { Tap } from '../../../../models/networks/tap.ts';
import type { AttentionForm } from '../../../../models/onnx/attention.ts';
import type { WeightSource } from '../../../../models/onnx/weight-source.ts';
import { buildOverCheckpoint } from '../../../helpers/checkpoint-model.ts';
import { expectClose, expectGolden, joinHeadRows, relativeError } from '../../../helpers/expect-tensor.ts';
import {
  GOLDEN_POINTS,
  GOLDEN_STANDARD,
  GOLDEN_TURBO,
  goldenLatents,
  runForPoints,
  runGeometryKeys,
} from '../../../helpers/geometry-graphs.ts';
import { hashWeights } from '../../../helpers/hash-weights.ts';
import type { TensorData } from '../../../helpers/run-graph.ts';
import {
  referenceOf,
  TINY_21,
  TINY_MINI_TURBO,
  TINY_MODELS,
  TINY_TURBO_CHECKPOINT,
  TINY_TURBO_GEOMETRY,
} from '../../../helpers/tiny-models.ts';

const asOutput: Tap = (name, value, g) => g.output(name, value);

interface Graphs {
  keys: Uint8Array;
  decoder: Uint8Array;
}

function build(
  weights: WeightSource,
  config: GeometryDecoderConfig,
  attention: AttentionForm = 'fused',
  tap?: Tap,
): Graphs {
  return {
    keys: buildGeometryKeys(weights, config, { attention }),
    decoder: buildGeometryDecoder(weights, config, { attention }, tap),
  };
}

function buildTiny(
  checkpoint: string,
  prefix: string,
  config: GeometryDecoderConfig,
  { format = 'fp32', attention = 'fused' }: { format?: WeightFormat; attention?: AttentionForm } = {},
  tap?: Tap,
): Graphs {
  const over = (part: keyof Graphs): Uint8Array =>
    buildOverCheckpoint(checkpoint, prefix, format, (weights) => build(weights, config, attention, tap)[part]);
  return { keys: over('keys'), decoder: over('decoder') };
}

async function decode(graphs: Graphs, decoded: TensorData, points: Float32Array): Promise<Record<string, TensorData>> {
  const attended = await runGeometryKeys(graphs.keys, decoded);
  return { ...(await runForPoints(graphs.decoder, points, attended)), ...attended };
}

function latentsOf(reference: (name: string) => Float32Array, { latentWidth }: GeometryDecoderConfig): TensorData {
  const data = reference('vae.latents');
  return { dims: [data.length / latentWidth, latentWidth], data };
}

/** The nodes of a grid over [-1.01, 1.01]^3, x slowest. */
function gridPoints(nodes: number): Float32Array {
  const at = (i: number): number => -1.01 + (2.02 * i) / (nodes - 1);
  return Float32Array.from({ length: 3 * nodes ** 3 }, (_, i) => {
    const node = Math.floor(i / 3);
    return at([Math.floor(node / nodes ** 2), Math.floor(node / nodes) % nodes, node % nodes][i % 3] ?? Number.NaN);
  });
}

describe('reference tensors', () => {
  const CASES = [
    ...TINY_MODELS.map((tiny) => ({
      ...tiny,
      tiny,
      prefix: 'vae.',
      tensors: 'geo',
    })),
    {
      name: 'the turbo decoder',
      tiny: TINY_MINI_TURBO,
      checkpoint: TINY_TURBO_CHECKPOINT,
      geometry: TINY_TURBO_GEOMETRY,
      prefix: '',
      tensors: 'turbo',
      tolerance: TINY_MINI_TURBO.tolerance,
    },
  ];
  const FIRST = 16;

  test.each(CASES)('of $name: every intermediate for the first points', async (model) => {
    const { tiny, checkpoint, prefix, geometry, tensors, tolerance } = model;
    const reference = referenceOf(tiny);
    const latents = latentsOf(reference, geometry);
    const graphs = buildTiny(checkpoint, prefix, geometry, {}, asOutput);
    const got = await decode(graphs, latents, reference('geo.points').subarray(0, 3 * FIRST));
    const perHead = (name: string, tokens: number): Float32Array =>
      joinHeadRows(reference(`${tensors}.${name}`), geometry.heads, tokens);
    expectClose(got.keys?.data, perHead('k', latents.dims[0] ?? 0), tolerance);
    expectClose(got.values?.data, perHead('v', latents.dims[0] ?? 0), tolerance);
    expectClose(got.fourier?.data, reference(`${tensors}.fourier`), 2e-5);
    expectClose(got.query?.data, reference(`${tensors}.query`), tolerance);
    expectClose(got.q?.data, perHead('q', FIRST), tolerance);
    expectClose(got.attended?.data, reference(`${tensors}.attended`), tolerance);
    expectClose(got.logits?.data, reference(`${tensors}.logits`).subarray(0, FIRST), tolerance);
  });

  test.each(CASES)('of $name: logits of scattered points and of a grid', async (model) => {
    const { tiny, checkpoint, prefix, geometry, tensors, tolerance } = model;
    const reference = referenceOf(tiny);
    const graphs = buildTiny(checkpoint, prefix, geometry);
    const scattered = await decode(graphs, latentsOf(reference, geometry), reference('geo.points'));
    expectClose(scattered.logits?.data, reference(`${tensors}.logits`), tolerance);
    const grid = await decode(graphs, latentsOf(reference, geometry), gridPoints(17));
    expectClose(grid.logits?.data, reference(`${tensors}.grid17`), tolerance);
  });
});

describe('golden numbers over hashed weights', () => {
  test('the standard decoder', async () => {
    const got = await decode(
      build(hashWeights(), GOLDEN_STANDARD, 'fused', asOutput),
      await goldenLatents(),
      GOLDEN_POINTS,
    );
    expectGolden(
      got.fourier,
      '[1,7,51] | 34.04338 | 173.33329 | -0.280550 -0.413207 -0.267543 -0.276884 -0.532117 -0.901056 | 0.971341 0.887007 0.573563',
    );
    const logits = [0.517373, 0.640606, -0.034788, 0.470725, 0.676689, 0.6679, 0.543833];
    expectClose(got.logits?.data, Float32Array.from(logits), 5e-5);
  });

  test('the turbo decoder', async () => {
    const got = await decode(build(hashWeights(), GOLDEN_TURBO), await goldenLatents(), GOLDEN_POINTS);
    const logits = [-0.193277, -0.165861, -0.363999, -0.325301, -0.111537, -0.145874, 0.342624];
    expectClose(got.logits?.data, Float32Array.from(logits), 5e-5);
  });
});

describe('other arithmetic', () => {
  const reference = referenceOf(TINY_21);
  const latents = latentsOf(reference, TINY_21.geometry);
  const expected = reference('geo.logits');
  const run = async (options: Parameters<typeof buildTiny>[3]): Promise<Float32Array> => {
    const graphs = buildTiny(TINY_21.checkpoint, 'vae.', TINY_21.geometry, options);
    return (await decode(graphs, latents, reference('geo.points'))).logits?.data ?? new Float32Array();
  };

  test('16 bits stay within 1 % of 32 bits', async () => {
    expectClose(await run({ format: 'fp16' }), expected, 1e-2);
  });

  test('angles keep 32 bits when all else is worked out in 16', async () => {
    const graphs = buildTiny(TINY_21.checkpoint, 'vae.', TINY_21.geometry, { format: 'fp16' }, (name, value, g) => {
      if (name === 'fourier') g.output(name, value);
    });
    const points = reference('geo.points').subarray(0, 48);
    expectClose((await decode(graphs, latents, points)).fourier?.data, reference('geo.fourier'), 2e-5);
  });

  test('weights in 8 bits change the logits, by less than 2 %', async () => {
    const logits = await run({ format: 'int8' });
    expectClose(logits, expected, 2e-2);
    expect(relativeError(logits, expected)).toBeGreaterThan(1e-4);
  });

  test('attention written as products gives what the fused operator gives', async () => {
    expectClose(await run({ attention: 'decomposed' }), await run({}), 1e-5);
  });
});

test('each point is judged by itself, however many come in a call', async () => {
  const weights = hashWeights();
  const graphs = build(weights, GOLDEN_STANDARD);
  const attended = await runGeometryKeys(graphs.keys, await goldenLatents());
  const together = (await runForPoints(graphs.decoder, GOLDEN_POINTS, attended)).logits?.data ?? new Float32Array();
  for (const i of [0, 3, 6]) {
    const { logits } = await runForPoints(graphs.decoder, GOLDEN_POINTS.subarray(3 * i, 3 * i + 3), attended);
    expect(logits?.data[0]).toBeCloseTo(together[i] ?? Number.NaN, 5);
  }
});
