import { expect } from 'bun:test';
import type { TensorData } from './run-graph.ts';

/** Expects every element within `tolerance` times the largest magnitude of `expected`. */
export function expectClose(actual: Float32Array | undefined, expected: Float32Array, tolerance: number): void {
  expect(actual?.length).toBe(expected.length);
  const error = relativeError(actual ?? new Float32Array(), expected);
  if (!(error <= tolerance))
    expect.unreachable(`off by ${error} of the largest magnitude; at most ${tolerance} allowed`);
}

/** Largest difference, relative to the largest magnitude of `expected`. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let magnitude = 0;
  for (const [i, value] of expected.entries()) {
    difference = Math.max(difference, Math.abs((actual[i] ?? Number.NaN) - value));
    magnitude = Math.max(magnitude, Math.abs(value));
  }
  return difference / magnitude;
}

/**
 * Expects what a golden line says of a tensor: `[shape] | sum | sum of squares | first values | last values`, numbers
 * rounded to the digits shown. A leading axis of 1 in the shape is the batch, which graphs do not have.
 */
export function expectGolden(actual: TensorData | undefined, line: string, tolerance = 5e-5): void {
  if (actual === undefined) expect.unreachable('the graph has no such output');
  const [shape = '', sum, squares, first = '', last = ''] = line.split('|').map((part) => part.trim());
  const dims: number[] = JSON.parse(shape);
  expect(actual.dims.map(Number)).toEqual(dims.slice(dims.length - actual.dims.length));

  let [total, totalSquares, magnitudes, largest] = [0, 0, 0, 0];
  for (const value of actual.data) {
    total += value;
    totalSquares += value * value;
    magnitudes += Math.abs(value);
    largest = Math.max(largest, Math.abs(value));
  }
  const within = (got: number | undefined, wanted: number, allowed: number, what: string): void => {
    if (!(Math.abs((got ?? Number.NaN) - wanted) <= allowed)) {
      expect.unreachable(`${what}: expected ${wanted}, got ${got}`);
    }
  };
  within(totalSquares, Number(squares), 1e-4 * Number(squares), 'sum of squares');
  within(total, Number(sum), tolerance * magnitudes, 'sum');
  const heads = first.split(/\s+/).map(Number);
  const tails = last.split(/\s+/).map(Number);
  const allowed = tolerance * largest + 1e-6;
  for (const [i, value] of heads.entries()) within(actual.data[i], value, allowed, `element ${i}`);
  for (const [i, value] of tails.entries()) {
    const at = actual.data.length - tails.length + i;
    within(actual.data[at], value, allowed, `element ${at}`);
  }
}

/** Rows of tokens, `[tokens, heads * D]`, from a tensor per head, `[heads, tokens, D]`. */
export function joinHeadRows(perHead: Float32Array, heads: number, tokens: number): Float32Array {
  const size = perHead.length / (heads * tokens);
  const rows = new Float32Array(perHead.length);
  for (let head = 0; head < heads; head++) {
    for (let token = 0; token < tokens; token++) {
      const start = (head * tokens + token) * size;
      rows.set(perHead.subarray(start, start + size), (token * heads + head) * size);
    }
  }
  return rows;
}
