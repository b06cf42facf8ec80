import { expect, test } from 'bun:test';
import type { Device } from '../../../../../src/protocol/messages.ts';
import { keepableBytes, whyTooSmall } from '../../../../../workers/engines/hunyuan/memory-need.ts';

const gpu = (memoryBytes?: number): Device => ({
  kind: 'cuda',
  index: 0,
  name: 'a small GPU',
  ...(memoryBytes !== undefined && { memoryBytes }),
});

test('a GPU below the least need is refused with both sizes', () => {
  expect(whyTooSmall({ memoryBytes: 6e9 }, gpu(2.1e9))).toBe(
    'it needs about 3.0 GB of memory even with 4-bit weights, and a small GPU has 2.1 GB',
  );
});

test('one that has just enough, or does not tell how much it has, may try, and so may a processor', () => {
  const cpu: Device = { kind: 'cpu', index: 0, name: 'CPU', memoryBytes: 1 };
  for (const device of [gpu(3e9), gpu(), cpu]) expect(whyTooSmall({ memoryBytes: 6e9 }, device)).toBeUndefined();
});

test('networks may stay on a GPU beside room to work in, and in a half of the free memory of a processor', () => {
  expect(keepableBytes(gpu(24e9), 1e9)).toBeCloseTo(0.8 * 24e9 - 2e9, -3);
  expect(keepableBytes(gpu(2e9), 64e9)).toBe(0);
  expect(keepableBytes(gpu(), 64e9)).toBe(0);
  expect(keepableBytes({ kind: 'cpu', index: 0, name: 'CPU' }, 8e9)).toBe(4e9);
});
