import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseByteRange } from '../../../../src/http/byte-range.ts';

describe('parseByteRange of a file of 100 bytes', () => {
  test.each([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=10-19', { first: 10, last: 19 }],
    ['bytes=90-', { first: 90, last: 99 }],
    ['bytes=90-200', { first: 90, last: 99 }],
    ['bytes=-1', { first: 99, last: 99 }],
    ['bytes=-500', { first: 0, last: 99 }],
    ['Bytes= 1-2 ', { first: 1, last: 2 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=9999999999999999-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
  ] as const)('reads %s', (header, expected) => {
    expect(parseByteRange(header, 100)).toEqual(expected);
  });

  test.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=a-b',
    'bytes=0-1,5-6',
    'items=0-1',
    'bytes=1.5-2',
  ])('ignores %p and leaves the whole file', (header) => {
    expect(parseByteRange(header, 100)).toBeUndefined();
  });

  test('an empty file satisfies no range', () => {
    expect(parseByteRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(parseByteRange('bytes=-5', 0)).toBe('unsatisfiable');
  });

  test('every range lies within the file', () => {
    const bound = fc.oneof(fc.constant(''), fc.nat(300).map(String));
    fc.assert(
      fc.property(bound, bound, fc.integer({ min: 1, max: 200 }), (a, b, size) => {
        const range = parseByteRange(`bytes=${a}-${b}`, size);
        if (range === undefined || range === 'unsatisfiable') return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeGreaterThanOrEqual(range.first);
        expect(range.last).toBeLessThan(size);
      }),
    );
  });
});
