import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { quantiseBlocks } from '../../../../models/build/quantise-blocks.ts';

const BLOCK = 32;

/** The rule of the runtime's blockwise product, value by value. */
function decode(codes: Uint8Array, scales: Float32Array, rows: number, columns: number, bits: 4 | 8): Float32Array {
  const blocks = Math.ceil(columns / BLOCK);
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const block = row * blocks + Math.floor(column / BLOCK);
    const at = column % BLOCK;
    const code = bits === 8 ? codes[block * BLOCK + at]! : (codes[(block * BLOCK + at) >> 1]! >> (4 * (at & 1))) & 15;
    return (code - 2 ** (bits - 1)) * scales[block]!;
  });
}

const matrix = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 70 })).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    values: fc.array(fc.float({ min: -100, max: 100, noNaN: true }), {
      minLength: rows * columns,
      maxLength: rows * columns,
    }),
  }),
);

describe.each([4, 8] as const)('quantising to %i bits', (bits) => {
  test('loses at most one step of a block, and half a step where the range is not cut', () => {
    fc.assert(
      fc.property(matrix, ({ rows, columns, values }) => {
        const input = Float32Array.from(values);
        const { codes, scales } = quantiseBlocks(input, rows, columns, bits, BLOCK);
        const output = decode(codes, scales, rows, columns, bits);
        const blocks = Math.ceil(columns / BLOCK);
        for (const [i, value] of input.entries()) {
          const step = Math.abs(scales[Math.floor(i / columns) * blocks + Math.floor((i % columns) / BLOCK)]!);
          // Only a value as large as the extreme but of the other sign needs the code that does not exist.
          const cut = Math.abs(value) > step * (2 ** (bits - 1) - 0.5);
          expect(Math.abs(output[i]! - value)).toBeLessThanOrEqual((cut ? 1 : 0.5) * step * 1.0001 + 1e-30);
        }
      }),
    );
  });

  test('keeps the value of largest magnitude of a block exactly', () => {
    const values = Float32Array.from({ length: BLOCK }, (_, i) => (i === 5 ? -3 : i / BLOCK));
    const { codes, scales } = quantiseBlocks(values, 1, BLOCK, bits, BLOCK);
    expect(decode(codes, scales, 1, BLOCK, bits)[5]).toBe(-3);
  });

  test('of a block of zeros is a block of zeros', () => {
    const { codes, scales } = quantiseBlocks(new Float32Array(BLOCK), 1, BLOCK, bits, BLOCK);
    expect(decode(codes, scales, 1, BLOCK, bits)).toEqual(new Float32Array(BLOCK));
  });
});
