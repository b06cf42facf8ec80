import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { TextTail } from '../../../../src/worker-process/text-tail.ts';

const tailOf = (chunks: readonly Uint8Array[], maxChars: number) => {
  const tail = new TextTail(maxChars);
  for (const chunk of chunks) tail.push(chunk);
  return tail.toString();
};

describe('TextTail', () => {
  test('keeps the last characters, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.integer({ min: 1, max: 20 }), (text, max) => {
        const bytes = new TextEncoder().encode(text);
        const single = [...bytes].map((byte) => Uint8Array.of(byte));
        expect(tailOf(single, max)).toBe(text.slice(-max).trim());
      }),
    );
  });

  test('is empty before anything came', () => {
    expect(tailOf([], 10)).toBe('');
  });
});
