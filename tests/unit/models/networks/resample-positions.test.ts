import { expect, test } from 'bun:test';
import { toFloat32 } from '../../../../models/build/convert-elements.ts';
import { openCheckpoint } from '../../../../models/checkpoint/open-checkpoint.ts';
import { resamplePositions } from '../../../../models/networks/resample-positions.ts';
import { expectClose } from '../../../helpers/expect-tensor.ts';
import { hashInput } from '../../../helpers/hash-weights.ts';
import { referenceOf, TINY_MINI_TURBO } from '../../../helpers/tiny-models.ts';

test('a table on its own grid stays as it is, to the bit', () => {
  const table = hashInput('table', [1 + 5 * 5, 3]);
  expect(resamplePositions(table, 3, 5)).toEqual(table);
});

test('a constant stays constant on any grid, larger or smaller', () => {
  for (const grid of [1, 3, 7, 12]) {
    const resampled = resamplePositions(new Float32Array(1 + 4 * 4).fill(2.5), 1, grid);
    expect(resampled.length).toBe(1 + grid * grid);
    for (const value of resampled) expect(value).toBeCloseTo(2.5, 6);
  }
});

test('one position spreads as the cubic kernel says, and the class position keeps out of it', () => {
  // Twice as many positions lie at distances 1.75, 1.25, 0.75, 0.25 ... from the one at (3, 3) of the source.
  const side = [-0.03515625, -0.10546875, 0.26171875, 0.87890625];
  const kernel = [0, 0, 0, ...side, ...side.toReversed(), 0, 0, 0];
  const table = new Float32Array(1 + 7 * 7);
  table[0] = 9;
  table[1 + 3 * 7 + 3] = 1;
  const expected = Float32Array.from([9, ...kernel.flatMap((y) => kernel.map((x) => x * y))]);
  expectClose(resamplePositions(table, 1, 14), expected, 1e-7);
});

test('the larger grid of a model agrees with the reference', () => {
  const checkpoint = openCheckpoint(TINY_MINI_TURBO.checkpoint);
  const stored = checkpoint.tensors.get('conditioner.main_image_encoder.model.embeddings.position_embeddings');
  if (stored === undefined) throw new Error('the fixture has a position table');
  const table = toFloat32(checkpoint.read(stored), stored.dtype);
  checkpoint.close();
  const expected = referenceOf(TINY_MINI_TURBO)('encoder.position_embeddings');
  expectClose(resamplePositions(table, TINY_MINI_TURBO.encoder.width, 6), expected, 2e-6);
});

test('a table that is no square grid is refused', () => {
  expect(() => resamplePositions(new Float32Array(1 + 6), 1, 4)).toThrow('square grid');
});
