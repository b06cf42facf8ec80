import { describe, expect, test } from 'bun:test';
import type { WeightFormat } from '../../../../models/build/weight-store.ts';
import { buildHunyuan3dDit, type Hunyuan3dDitConfig } from '../../../../models/networks/hunyuan3d-dit.ts';
import { streamEmbedding } from '../../../../models/networks/sinusoidal-embedding.ts';
import type { Tap } from '../../../../models/networks/tap.ts';
import type { LayerOptions } from '../../../../models/onnx/layers.ts';
import { buildOverCheckpoint } from '../../../helpers/checkpoint-model.ts';
import { expectClose, expectGolden, joinHeadRows } from '../../../helpers/expect-tensor.ts';
import { hashInput, hashWeights } from '../../../helpers/hash-weights.ts';
import { type Feed, runGraph, type TensorData } from '../../../helpers/run-graph.ts';
import { STREAMS_MINI_TURBO, STREAMS_MV } from '../../../helpers/tiny-denoisers.ts';
import { referenceOf, TINY_MINI_TURBO, TINY_MV } from '../../../helpers/tiny-models.ts';

const asOutput: Tap = (name, value, g) => g.output(name, value);

const TINY = {
  mv: { model: TINY_MV, config: STREAMS_MV },
  'mini-turbo': { model: TINY_MINI_TURBO, config: STREAMS_MINI_TURBO },
};
type TinyName = keyof typeof TINY;

function buildTiny(
  name: TinyName,
  { format = 'fp32', attention = 'fused' }: { format?: WeightFormat; attention?: LayerOptions['attention'] } = {},
  tap?: Tap,
): Uint8Array {
  const { model, config } = TINY[name];
  return buildOverCheckpoint(model.checkpoint, 'model.', format, (weights) =>
    buildHunyuan3dDit(weights, config, { attention }, tap),
  );
}

interface Call {
  latents: Float32Array;
  condition: Float32Array;
  time: number;
  guidance?: number;
}

async function predict(
  model: Uint8Array,
  { inChannels, contextWidth }: Hunyuan3dDitConfig,
  { latents, condition, time, guidance }: Call,
): Promise<Record<string, TensorData>> {
  const rows = (data: Float32Array, width: number): Feed => ({
    dtype: 'float32',
    dims: [data.length / width, width],
    data,
  });
  return runGraph(model, {
    latents: rows(latents, inChannels),
    condition: rows(condition, contextWidth),
    time_embedding: rows(streamEmbedding(time), 256),
    ...(guidance === undefined ? {} : { guidance_embedding: rows(streamEmbedding(guidance), 256) }),
  });
}

/** Call `n` of the reference and one batch row of what came out. */
function referenceCall(name: TinyName, n: number, row: 0 | 1 = 0): { call: Call; expected: Float32Array } {
  const reference = referenceOf(TINY[name].model);
  const one = (tensor: string): number => reference(`denoise${n}.${tensor}`)[0] ?? Number.NaN;
  const latents = reference(`denoise${n}.x`);
  const call: Call = { latents, condition: reference(row === 0 ? 'cond' : 'uncond'), time: one('t') };
  if (TINY[name].config.guidanceEmbedding) call.guidance = one('guidance');
  const out = reference(`denoise${n}.out`);
  return { call, expected: out.subarray(row * latents.length, (row + 1) * latents.length) };
}

describe('reference tensors', () => {
  test.each([
    { name: 'mv', row: 0, tolerance: 1e-4 },
    { name: 'mv', row: 1, tolerance: 1e-4 },
    { name: 'mini-turbo', row: 0, tolerance: 5e-4 },
  ] as const)('every step of the first call: $name, batch row $row', async ({ name, row, tolerance }) => {
    const { model, config } = TINY[name];
    const reference = referenceOf(model);
    const batch = name === 'mv' ? 2 : 1;
    const { call, expected } = referenceCall(name, 0, row);
    const got = await predict(buildTiny(name, {}, asOutput), config, call);

    // The reference keeps the first tokens of a tensor only.
    const compare = (tap: string, actual: Float32Array | undefined, perHead = false): void => {
      const stored = reference(`denoise0.${tap}`);
      const size = stored.length / batch;
      const part = stored.subarray(row * size, (row + 1) * size);
      const wanted = perHead ? joinHeadRows(part, config.heads, size / config.width) : part;
      expectClose(actual?.subarray(0, size), wanted, tolerance);
    };
    const vectors = ['time_vec', ...(config.guidanceEmbedding ? ['guidance_vec'] : []), 'vec', 'double0.img_mod'];
    const blocks = ['double0.latent.out', 'double0.cond.out', 'double1.latent.out', 'double1.cond.out'];
    const singles = Array.from({ length: config.singleBlocks }, (_, b) => `single${b}.out`);
    for (const tap of [...vectors, ...blocks, ...singles]) compare(tap, got[tap]?.data);
    for (const tap of ['double0.k', 'double0.v', 'single0.q', 'single0.k', 'single0.v']) {
      compare(tap, got[tap]?.data, true);
    }
    const queries = [...(got['double0.cond.q']?.data ?? []), ...(got['double0.latent.q']?.data ?? [])];
    compare('double0.q', Float32Array.from(queries), true);
    expectClose(got.prediction?.data, expected, tolerance);
  });

  test.each([
    { name: 'mv', n: 1, row: 0, tolerance: 1e-4 },
    { name: 'mv', n: 1, row: 1, tolerance: 1e-4 },
    { name: 'mini-turbo', n: 1, row: 0, tolerance: 5e-4 },
    { name: 'mini-turbo', n: 2, row: 0, tolerance: 5e-4 },
  ] as const)(
    'other times, latents and guidance: $name, call $n, batch row $row',
    async ({ name, n, row, tolerance }) => {
      const { call, expected } = referenceCall(name, n, row);
      const { prediction } = await predict(buildTiny(name), TINY[name].config, call);
      expectClose(prediction?.data, expected, tolerance);
    },
  );
});

describe('golden numbers over hashed weights', () => {
  const CONFIG: Hunyuan3dDitConfig = { ...STREAMS_MV, contextWidth: 48, singleBlocks: 2 };
  const CALL: Call = {
    latents: hashInput('input.x', [1, 16, 8]),
    condition: hashInput('input.cond', [1, 5, 48]),
    time: 0.3,
  };

  test('guided by a second pass', async () => {
    const model = buildHunyuan3dDit(hashWeights(), CONFIG, { attention: 'fused' }, asOutput);
    const got = await predict(model, CONFIG, CALL);
    const lines = {
      'double0.latent.out':
        '[1,16,64] | 79.18874 | 764.80510 | 0.433437 0.883857 -0.038046 -0.339147 0.292789 -0.787718 | -1.070313 0.207425 -0.028577',
      'double0.cond.out':
        '[1,5,64] | -31.20217 | 238.08482 | 1.969370 -0.531369 -0.020226 0.971537 1.227985 0.224843 | -0.297569 -0.012033 0.087639',
      'double1.latent.out':
        '[1,16,64] | 96.24947 | 782.73542 | 0.552969 0.688354 0.043907 -0.419117 0.249029 -0.682233 | -1.046322 0.120099 0.145512',
      'double1.cond.out':
        '[1,5,64] | -34.07418 | 248.87421 | 1.970815 -0.411588 -0.085982 0.975829 1.052616 0.489432 | -0.435757 0.061626 -0.002958',
      'single0.out':
        '[1,21,64] | -1.29579 | 1047.51213 | 1.798226 -0.508797 0.061875 0.940473 1.169700 0.310592 | -1.299888 0.295271 0.366250',
      'single1.out':
        '[1,21,64] | -11.66061 | 1094.69336 | 1.951109 -0.521646 -0.145524 0.934097 1.186340 0.337716 | -1.242008 0.438979 0.414606',
      prediction:
        '[1,16,8] | -2.11962 | 101.99837 | -0.287004 -0.695532 0.606262 -0.705625 -0.990568 -1.082699 | -0.905259 0.098919 1.297306',
    };
    for (const [name, line] of Object.entries(lines)) expectGolden(got[name], line);
  });

  test('guided by an embedding, whose angles in the thousands cost digits', async () => {
    const config = { ...CONFIG, guidanceEmbedding: true };
    const model = buildHunyuan3dDit(hashWeights(), config, { attention: 'fused' }, asOutput);
    const got = await predict(model, config, { ...CALL, guidance: 5 });
    const lines = {
      'double0.latent.out':
        '[1,16,64] | 118.43832 | 805.19658 | 0.633858 0.954656 0.259315 -0.267884 0.459539 -0.781920 | -0.839585 0.236410 -0.170700',
      'double1.cond.out':
        '[1,5,64] | -34.64867 | 240.73697 | 1.925380 -0.619567 -0.054965 1.129080 0.977406 0.072721 | -0.296670 -0.106925 -0.009489',
      'single1.out':
        '[1,21,64] | 82.91406 | 1168.19089 | 1.791328 -0.718151 0.124941 1.008642 1.097430 -0.006996 | -1.062567 0.247804 0.160506',
      prediction:
        '[1,16,8] | -9.39629 | 100.93659 | -0.235386 -0.636824 1.040225 -0.868690 -0.582458 -1.436293 | -1.120866 -0.000394 1.133631',
    };
    for (const [name, line] of Object.entries(lines)) expectGolden(got[name], line, 2e-4);
  });
});

test('attention written as products gives what the fused operator gives', async () => {
  const { call } = referenceCall('mv', 0);
  const fused = await predict(buildTiny('mv'), STREAMS_MV, call);
  const decomposed = await predict(buildTiny('mv', { attention: 'decomposed' }), STREAMS_MV, call);
  expectClose(decomposed.prediction?.data, fused.prediction?.data ?? new Float32Array(), 1e-5);
});

describe('cheaper arithmetic stays near the reference', () => {
  // Every layer is quantised here, and random weights have no slack: real networks fare better.
  test.each([
    ['fp16', 1e-2],
    ['int8', 2e-2],
    ['int4', 0.4],
  ] as const)('%s', async (format, tolerance) => {
    const { call, expected } = referenceCall('mv', 0);
    const { prediction } = await predict(buildTiny('mv', { format }), STREAMS_MV, call);
    expectClose(prediction?.data, expected, tolerance);
    expect(prediction?.data).not.toEqual(expected);
  });
});
