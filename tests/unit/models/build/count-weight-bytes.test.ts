import { describe, expect, test } from 'bun:test';
import { countWeightBytes } from '../../../../models/build/count-weight-bytes.ts';
import type { PlacedTensor, WeightSource } from '../../../../models/onnx/weight-source.ts';

let end = 0;
const place = (dtype: PlacedTensor['dtype'], byteLength: number): PlacedTensor => {
  const tensor = { path: '/weights', dtype, byteOffset: end, byteLength };
  end += byteLength;
  return tensor;
};
const shared = place('float16', 20);
const stored: WeightSource = {
  compute: 'float32',
  has: () => true,
  tensor: () => shared,
  stackedRows: () => place('bfloat16', 40),
  computed: () => place('float32', 80),
  quantised: (_, key) =>
    key === 'large' ? { bits: 4, blockSize: 32, codes: place('uint8', 7), scales: place('float32', 4) } : undefined,
};

describe('the bytes of what a network takes from a source of weights', () => {
  test('count each tensor once, widened to what is computed in', () => {
    const { source, bytes } = countWeightBytes(stored);
    expect(bytes()).toBe(0);
    source.tensor('a', [10]);
    source.tensor('a', [10]);
    expect(bytes()).toBe(40);
    source.stackedRows('rows', [], 4);
    source.computed('sum', [20], () => new Float32Array(20));
    expect(bytes()).toBe(40 + 80 + 80);
  });

  test('count codes in few bits as they are, and nothing for a weight that is not quantised', () => {
    const { source, bytes } = countWeightBytes(stored);
    expect(source.quantised('w', 'small', 1, 1)).toBeUndefined();
    expect(bytes()).toBe(0);
    source.quantised('w', 'large', 1, 14);
    expect(bytes()).toBe(7 + 4);
  });
});
