import { describe, expect, test } from 'bun:test';
import type { WeightFormat } from '../../../../models/build/weight-store.ts';
import { buildShapeVae } from '../../../../models/networks/shape-vae.ts';
import type { Tap } from '../../../../models/networks/tap.ts';
import type { LayerOptions } from '../../../../models/onnx/layers.ts';
import { buildOverCheckpoint } from '../../../helpers/checkpoint-model.ts';
import { expectClose, expectGolden, joinHeadRows, relativeError } from '../../../helpers/expect-tensor.ts';
import { hashInput, hashWeights } from '../../../helpers/hash-weights.ts';
import { runGraph, type TensorData } from '../../../helpers/run-graph.ts';
import { referenceOf, TINY_21, TINY_MODELS, type TinyModel } from '../../../helpers/tiny-models.ts';

const asOutput: Tap = (name, value, g) => g.output(name, value);
const { latentChannels } = TINY_21.vae;

function buildTiny(
  { checkpoint, vae }: TinyModel,
  { format = 'fp32', attention = 'fused' }: { format?: WeightFormat; attention?: LayerOptions['attention'] } = {},
  tap?: Tap,
): Uint8Array {
  return buildOverCheckpoint(checkpoint, 'vae.', format, (weights) => buildShapeVae(weights, vae, { attention }, tap));
}

async function decode(model: Uint8Array, latents: Float32Array): Promise<Record<string, TensorData>> {
  const dims = [latents.length / latentChannels, latentChannels];
  return runGraph(model, { latents: { dtype: 'float32', dims, data: latents } });
}

function sampledLatents(model: TinyModel): Float32Array {
  return referenceOf(model)('sample.step4.latents').map((x) => x / model.scaleFactor);
}

test.each(TINY_MODELS)('agrees with the reference tensors of $name', async (tiny) => {
  const { tolerance, vae } = tiny;
  const reference = referenceOf(tiny);
  const latents = sampledLatents(tiny);
  const got = await decode(buildTiny(tiny, {}, asOutput), latents);
  const perHead = (name: string): Float32Array => joinHeadRows(reference(name), vae.heads, latents.length / 8);
  expectClose(got.post_kl?.data, reference('vae.post_kl'), tolerance);
  expectClose(got.q?.data, perHead('vae.block0.q'), tolerance);
  expectClose(got.k?.data, perHead('vae.block0.k'), tolerance);
  expectClose(got.v?.data, perHead('vae.block0.v'), tolerance);
  expectClose(got.block0?.data, reference('vae.block0.out'), tolerance);
  expectClose(got.block1?.data, reference('vae.block1.out'), tolerance);
  expectClose(got.decoded?.data, reference('vae.latents'), tolerance);
});

test('agrees with golden numbers over hashed weights', async () => {
  const config = { latentChannels: 8, width: 64, heads: 4, layers: 3 };
  const model = buildShapeVae(hashWeights(), config, { attention: 'fused' }, asOutput);
  const got = await decode(model, hashInput('input.z', [16, 8]));
  expectGolden(
    got.post_kl,
    '[1,16,64] | 42.03027 | 745.67003 | -0.195559 0.152894 -0.538261 2.153413 -1.183278 0.589852 | 0.343240 0.688131 -2.116826',
  );
  expectGolden(
    got.decoded,
    '[1,16,64] | 6.78066 | 2696.65639 | 0.083193 -1.611272 -0.000347 1.207139 -3.240744 4.307723 | -1.686543 -0.242386 -3.140452',
  );
});

describe('other arithmetic', () => {
  const latents = sampledLatents(TINY_21);
  const expected = referenceOf(TINY_21)('vae.latents');

  test('16 bits stay within 1 % of 32 bits', async () => {
    const { decoded } = await decode(buildTiny(TINY_21, { format: 'fp16' }), latents);
    expectClose(decoded?.data, expected, 1e-2);
  });

  test('weights in 8 bits change the result, by less than 2 %', async () => {
    const { decoded } = await decode(buildTiny(TINY_21, { format: 'int8' }), latents);
    expectClose(decoded?.data, expected, 2e-2);
    expect(relativeError(decoded?.data ?? new Float32Array(), expected)).toBeGreaterThan(1e-4);
  });

  test('attention written as products gives what the fused operator gives', async () => {
    const { decoded } = await decode(buildTiny(TINY_21, { attention: 'decomposed' }), latents);
    expectClose(decoded?.data, expected, 1e-5);
  });
});
