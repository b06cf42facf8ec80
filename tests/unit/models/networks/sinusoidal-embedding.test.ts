import { expect, test } from 'bun:test';
import { plainTimeEmbedding, streamEmbedding } from '../../../../models/networks/sinusoidal-embedding.ts';

function pick(values: Float32Array, positions: readonly number[]): number[] {
  return positions.map((position) => values[position] ?? Number.NaN);
}

function expectEach(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  const largest = Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN))));
  expect(largest).toBeLessThan(tolerance);
}

test('the plain embedding has sines first and a period of 10000', () => {
  const embedding = plainTimeEmbedding(0.5, 2048);
  expect(embedding.length).toBe(2048);
  const expected = [0.479426, 0.475492, 5.04517e-5, 0.877583, 0.87972, 1];
  expectEach(pick(embedding, [0, 1, 1023, 1024, 1025, 2047]), expected, 1e-6);
});

test('the stream embedding has cosines first, a factor and a period of 1000', () => {
  const embedding = streamEmbedding(0.5);
  expect(embedding.length).toBe(256);
  const expected = [-0.883849, -0.796846, 0.863955, -0.467772, 0.604183, 0.503569];
  expectEach(pick(embedding, [0, 1, 127, 128, 129, 255]), expected, 1e-6);
});

test('a guidance scale is embedded with angles rounded to 32 bits', () => {
  const expected = [0.154668, 0.979195, 0.535297, -0.987966, -0.20292, -0.844664];
  expectEach(pick(streamEmbedding(5), [0, 1, 127, 128, 129, 255]), expected, 1e-6);
});

test('at zero, which is noise, sines vanish and cosines are one', () => {
  expect(plainTimeEmbedding(0, 4)).toEqual(Float32Array.of(0, 0, 1, 1));
  expect(streamEmbedding(0)).toEqual(new Float32Array(256).fill(1, 0, 128));
});
