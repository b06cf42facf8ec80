import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseRetryAfterMs, retryDelayMs } from '../../../../src/webhooks/retry-delay.ts';

test('pauses grow fourfold, up to a quarter of an hour', () => {
  expect([1, 2, 3, 4, 5, 6, 50].map((attempt) => retryDelayMs(attempt, 0))).toEqual([
    2_000, 8_000, 32_000, 128_000, 512_000, 900_000, 900_000,
  ]);
});

test('chance shortens a pause by up to half', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), random, (attempt, value) => {
      const longest = retryDelayMs(attempt, 0);
      const delay = retryDelayMs(attempt, value);
      expect(delay).toBeGreaterThan(longest / 2 - 1e-6);
      expect(delay).toBeLessThanOrEqual(longest);
    }),
  );
});

test('a longer pause that the receiver asks for is kept, within the bound', () => {
  expect(retryDelayMs(1, 0, 60_000)).toBe(60_000);
  expect(retryDelayMs(1, 0, 10)).toBe(2_000);
  expect(retryDelayMs(1, 0, 1e12)).toBe(900_000);
});

test.each([
  ['120', 120_000],
  ['0', 0],
  ['Thu, 01 Jan 1970 00:02:00 GMT', 60_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After of %p a minute after the epoch is %p ms', (header, expected) => {
  expect(parseRetryAfterMs(header, 60_000)).toBe(expected);
});
