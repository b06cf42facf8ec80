import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { ConcurrencyLimiter } from '../../../../../src/http/access/concurrency-limiter.ts';
import { RateLimiter } from '../../../../../src/http/access/rate-limiter.ts';

describe('RateLimiter', () => {
  test('lets a burst pass, then one for each token that comes back', () => {
    let now = 0;
    const limiter = new RateLimiter({ count: 3, perMs: 3000 }, () => now);
    expect([1, 2, 3].map(() => limiter.take('a'))).toEqual([0, 0, 0]);
    expect(limiter.take('a')).toBe(1);
    now = 400;
    expect(limiter.take('a')).toBeCloseTo(0.6, 9);
    now = 1000;
    expect([limiter.take('a'), limiter.take('a')]).toEqual([0, 1]);
  });

  test('keeps clients apart, and a pause saves no more than one burst', () => {
    let now = 0;
    const limiter = new RateLimiter({ count: 2, perMs: 1000 }, () => now);
    limiter.take('a');
    limiter.take('a');
    expect(limiter.take('b')).toBe(0);
    now = 1e9;
    expect([limiter.take('a'), limiter.take('a'), limiter.take('a') > 0]).toEqual([0, 0, true]);
  });

  test('never lets more pass in any window than the burst and what comes back in it', () => {
    const rate = { count: 5, perMs: 1000 };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), (pauses) => {
        let now = 0;
        const limiter = new RateLimiter(rate, () => now);
        const passed: number[] = [];
        for (const pause of pauses) {
          now += pause;
          if (limiter.take('a') === 0) passed.push(now);
        }
        for (const [i, from] of passed.entries()) {
          const [span, count] = [(passed.at(-1) ?? 0) - from, passed.length - i];
          expect(count).toBeLessThanOrEqual(rate.count + (span * rate.count) / rate.perMs + 1e-6);
        }
      }),
    );
  });

  test('forgets the client that was seen longest ago when there are too many', () => {
    const limiter = new RateLimiter({ count: 1, perMs: 1000 }, () => 0, 2);
    limiter.take('a');
    limiter.take('b');
    limiter.take('a');
    limiter.take('c');
    expect(limiter.take('a')).toBeGreaterThan(0);
    expect(limiter.take('b')).toBe(0);
  });
});

describe('ConcurrencyLimiter', () => {
  test('has so many places for each client, and each is given back once', () => {
    const limiter = new ConcurrencyLimiter(2);
    const first = limiter.enter('a');
    expect(limiter.enter('a')).toBeFunction();
    expect(limiter.enter('a')).toBeUndefined();
    expect(limiter.enter('b')).toBeFunction();
    first?.();
    first?.();
    expect(limiter.enter('a')).toBeFunction();
    expect(limiter.enter('a')).toBeUndefined();
  });
});
