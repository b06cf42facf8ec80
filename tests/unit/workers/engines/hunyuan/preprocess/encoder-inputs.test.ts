import { describe, expect, test } from 'bun:test';
import { encoderPixels } from '../../../../../../workers/engines/hunyuan/preprocess/encoder-pixels.ts';
import { VIEW_INDEX, viewEmbedding } from '../../../../../../workers/engines/hunyuan/preprocess/view-embedding.ts';
import { readSafetensors } from '../../../../../helpers/read-safetensors.ts';

const FIXTURES = new URL('../../../../../fixtures/hunyuan/', import.meta.url).pathname;
const referenceOf = (model: string) => readSafetensors(`${FIXTURES}${model}/reference.safetensors`);

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe('encoderPixels', () => {
  test.each(['hunyuan3d-2.1-tiny', 'hunyuan3d-2mv-tiny'])('gives the pixels of the reference of %s', (model) => {
    const { image, 'encoder.pixels': expected } = referenceOf(model);
    const pixels = encoderPixels(image!.data.subarray(0, 3 * 48 * 48), 48, 56);
    const largest = expected!.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largestDifference(pixels, expected!.data)).toBeLessThan(2e-5 * largest);
  });

  test('normalises each channel, and does not resample between equal sizes', () => {
    const picture = Float32Array.from([-1, 1, 0, 0.5, -1, 1, 0, 0.5, -1, 1, 0, 0.5]);
    const expected = [
      ...[0, 1, 0.5, 0.75].map((v) => (v - 0.485) / 0.229),
      ...[0, 1, 0.5, 0.75].map((v) => (v - 0.456) / 0.224),
      ...[0, 1, 0.5, 0.75].map((v) => (v - 0.406) / 0.225),
    ];
    expect(largestDifference(encoderPixels(picture, 2, 2), Float32Array.from(expected))).toBeLessThan(1e-6);
  });

  test('averages over the widened kernel when it shrinks', () => {
    // Stripes of one pixel; reduced by four they must be gone.
    const picture = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const red = encoderPixels(picture, 32, 8).subarray(0, 64);
    for (let y = 0; y < 8; y++) {
      for (let x = 1; x < 7; x++) expect(Math.abs(red[8 * y + x]! * 0.229 + 0.485 - 0.5)).toBeLessThan(1e-3);
    }
  });

  test('refuses a picture that is not square', () => {
    expect(() => encoderPixels(new Float32Array(3 * 4 * 5), 4, 8)).toThrow(RangeError);
  });
});

describe('viewEmbedding', () => {
  test('equals the reference for every view', () => {
    const { data } = referenceOf('hunyuan3d-2mv-tiny').view_embedding!;
    for (const index of Object.values(VIEW_INDEX)) {
      expect(largestDifference(viewEmbedding(index, 32), data.subarray(32 * index, 32 * (index + 1)))).toBeLessThan(
        1e-7,
      );
    }
  });

  test('has the published values at full width', () => {
    const at = (view: number, ...positions: number[]) =>
      positions.map((p) => Number(viewEmbedding(view, 1536)[p]!.toFixed(6)));
    expect(at(1, 0, 1, 2, 768, 769, 770)).toEqual([0.841471, 0.83497, 0.828431, 0.540302, 0.550295, 0.560091]);
    expect(at(2, 0, 1, 768, 769)).toEqual([0.909297, 0.91896, -0.416147, -0.394351]);
  });

  test('adds zeros and ones to the front view', () => {
    expect([...viewEmbedding(VIEW_INDEX.front, 8)]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });
});
