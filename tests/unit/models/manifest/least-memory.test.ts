import { expect, test } from 'bun:test';
import { leastMemoryBytes, memoryNeed } from '../../../../models/manifest/least-memory.ts';

test('the need is room to work, and weights as large as their bits', () => {
  expect([16, 8, 4].map((bits) => memoryNeed({ memoryBytes: 6e9 }, bits))).toEqual([6e9, 4e9, 3e9]);
  expect(leastMemoryBytes({ memoryBytes: 6e9 })).toBe(3e9);
  expect(leastMemoryBytes({ memoryBytes: 1e6 })).toBe(1e6);
});
