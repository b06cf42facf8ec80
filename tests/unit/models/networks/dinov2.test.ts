import { describe, expect, test } from 'bun:test';
import type { WeightFormat } from '../../../../models/build/weight-store.ts';
import { buildDinov2, type Dinov2Config } from '../../../../models/networks/dinov2.ts';
import type { Tap } from '../../../../models/networks/tap.ts';
import type { LayerOptions } from '../../../../models/onnx/layers.ts';
import { encoderPixels } from '../../../../workers/engines/hunyuan/preprocess/encoder-pixels.ts';
import { buildOverCheckpoint } from '../../../helpers/checkpoint-model.ts';
import { expectClose, expectGolden } from '../../../helpers/expect-tensor.ts';
import { hashInput, hashWeights } from '../../../helpers/hash-weights.ts';
import { type Feed, runGraph, type TensorData } from '../../../helpers/run-graph.ts';
import { referenceOf, TINY_21, TINY_MINI_TURBO, TINY_MV, type TinyModel } from '../../../helpers/tiny-models.ts';

const asOutput: Tap = (name, value, g) => g.output(name, value);

function buildTiny(
  { checkpoint, encoder }: TinyModel,
  { format = 'fp32', attention = 'fused' }: { format?: WeightFormat; attention?: LayerOptions['attention'] } = {},
  tap?: Tap,
): Uint8Array {
  return buildOverCheckpoint(checkpoint, 'conditioner.main_image_encoder.model.', format, (weights) =>
    buildDinov2(weights, encoder, { attention }, tap),
  );
}

async function encode(
  model: Uint8Array,
  pixels: Float32Array,
  { inputPixels, width }: Dinov2Config,
  view?: Float32Array,
): Promise<Record<string, TensorData>> {
  const feeds: Record<string, Feed> = {
    pixels: { dtype: 'float32', dims: [1, 3, inputPixels, inputPixels], data: pixels },
  };
  if (view) feeds.view_embedding = { dtype: 'float32', dims: [1, width], data: view };
  return runGraph(model, feeds);
}

/** Picture number `index` of a model's reference, as the encoder takes it. */
function pixelsOf({ encoder }: TinyModel, images: Float32Array, size: number, index = 0): Float32Array {
  const count = 3 * size * size;
  return encoderPixels(images.subarray(index * count, (index + 1) * count), size, encoder.inputPixels);
}

describe('reference tensors', () => {
  test('GELU networks on the stored grid (2.1)', async () => {
    const reference = referenceOf(TINY_21);
    const got = await encode(buildTiny(TINY_21, {}, asOutput), reference('encoder.pixels'), TINY_21.encoder);
    expectClose(got.embeddings?.data, reference('encoder.embeddings'), 2e-5);
    expectClose(got.layer0?.data, reference('encoder.layer0.out'), 2e-5);
    expectClose(got.layer1?.data, reference('encoder.layer1.out'), 2e-5);
    expectClose(got.tokens?.data, reference('cond'), 2e-5);
  });

  test('gated networks on a larger grid than the stored one (mini-turbo)', async () => {
    const reference = referenceOf(TINY_MINI_TURBO);
    const pixels = pixelsOf(TINY_MINI_TURBO, reference('image'), 84);
    const got = await encode(buildTiny(TINY_MINI_TURBO, {}, asOutput), pixels, TINY_MINI_TURBO.encoder);
    expectClose(got.embeddings?.data, reference('encoder.embeddings'), 2e-5);
    expectClose(got.layer0?.data, reference('encoder.layer0.out'), 2e-5);
    expectClose(got.layer1?.data, reference('encoder.layer1.out'), 2e-5);
    expectClose(got.tokens?.data, reference('cond'), 2e-5);
  });

  test('each view carries its own vector, whichever views are given (2mv)', async () => {
    const { width } = TINY_MV.encoder;
    const reference = referenceOf(TINY_MV);
    const model = buildTiny(TINY_MV, {}, asOutput);
    const perView = 17 * width;
    const view = (name: string, index: number): Float32Array =>
      reference(name).subarray(index * perView, (index + 1) * perView);
    for (const index of [0, 1, 2, 3]) {
      const pixels = index === 0 ? reference('encoder.pixels') : pixelsOf(TINY_MV, reference('image'), 48, index);
      const vector = reference('view_embedding').subarray(index * width, (index + 1) * width);
      const got = await encode(model, pixels, TINY_MV.encoder, vector);
      expectClose(got.embeddings?.data, view('encoder.embeddings', index), 2e-5);
      expectClose(got.layer0?.data, view('encoder.layer0.out', index), 2e-5);
      expectClose(got.layer1?.data, view('encoder.layer1.out', index), 2e-5);
      expectClose(got.tokens?.data, view('cond', index), 2e-5);
      if (index === 0) expectClose(got.tokens?.data, view('cond.front_back', 0), 2e-5);
      if (index === 2) expectClose(got.tokens?.data, view('cond.front_back', 1), 2e-5);
    }
  });
});

describe('golden numbers over hashed weights', () => {
  const EMBEDDINGS = {
    56: '[1,17,48] | -52.30700 | 635.03991 | 0.121642 0.046949 -0.327938 0.843922 0.051301 -0.247520 | 0.284184 0.818170 -0.657963',
    112: '[1,65,48] | -324.08347 | 2579.70900 | 0.121642 0.046949 -0.327938 0.843922 0.051301 -0.247520 | -0.473148 2.565685 -0.556662',
  };
  const TOKENS = [
    {
      pixels: 56,
      swiglu: false,
      line: '[1,17,48] | 63.23920 | 817.12681 | -0.268996 0.400676 0.442880 1.130128 2.007349 1.723414 | 0.269908 1.034341 -0.455093',
    },
    {
      pixels: 112,
      swiglu: false,
      line: '[1,65,48] | 240.01703 | 3078.05461 | -0.443532 0.241053 0.444450 1.888843 1.701877 1.486940 | -0.334084 0.994845 -0.146922',
    },
    {
      pixels: 56,
      swiglu: true,
      line: '[1,17,48] | 64.97752 | 810.05644 | 0.341054 -0.224785 -0.340234 1.049563 1.295671 1.388970 | 0.012788 0.565602 0.215194',
    },
    {
      pixels: 112,
      swiglu: true,
      line: '[1,65,48] | 235.34335 | 3068.14051 | 0.481133 -0.177304 -0.459886 1.439393 1.140908 1.287084 | -0.557917 1.663253 0.347984',
    },
  ] as const;

  test.each(TOKENS)('$pixels pixels, gated: $swiglu', async ({ pixels, swiglu, line }) => {
    const { encoder } = TINY_21;
    const config: Dinov2Config = { ...encoder, width: 48, heads: 4, swiglu, tablePixels: 56, inputPixels: pixels };
    const weights = hashWeights({ 'embeddings.position_embeddings': [1, 17, 48] });
    const model = buildDinov2(weights, config, { attention: 'fused' }, asOutput);
    const got = await encode(model, hashInput('input.image', [1, 3, pixels, pixels]), config);
    expectGolden(got.embeddings, EMBEDDINGS[pixels]);
    expectGolden(got.tokens, line);
  });
});

test('arithmetic in 16 bits stays within 1 % of 32 bits', async () => {
  const reference = referenceOf(TINY_MV);
  const vector = reference('view_embedding').subarray(0, TINY_MV.encoder.width);
  const model = buildTiny(TINY_MV, { format: 'fp16' });
  const { tokens } = await encode(model, reference('encoder.pixels'), TINY_MV.encoder, vector);
  expectClose(tokens?.data, reference('cond').subarray(0, 17 * TINY_MV.encoder.width), 1e-2);
});

test('attention written as products gives what the fused operator gives', async () => {
  const pixels = referenceOf(TINY_21)('encoder.pixels');
  const fused = await encode(buildTiny(TINY_21), pixels, TINY_21.encoder);
  const decomposed = await encode(buildTiny(TINY_21, { attention: 'decomposed' }), pixels, TINY_21.encoder);
  expectClose(decomposed.tokens?.data, fused.tokens?.data ?? new Float32Array(), 1e-5);
});

test('pictures that patches do not tile are refused', () => {
  const config = { ...TINY_21.encoder, inputPixels: 60 };
  expect(() => buildDinov2(hashWeights(), config, { attention: 'fused' })).toThrow('multiple of 14 pixels, got 60');
});
