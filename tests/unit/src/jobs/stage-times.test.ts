import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { estimateQueueMs, StageTimes } from '../../../../src/jobs/stage-times.ts';

describe('StageTimes', () => {
  test('knows nothing before the first job of a profile', () => {
    const times = new StageTimes();
    times.record('hull', { decode: 10 });
    expect(times.totalMs('other')).toBeUndefined();
    expect(times.remainingMs('other', 'shape', 0.5, 0)).toBeUndefined();
  });

  test('takes the median of each stage, so that one slow job changes little', () => {
    const times = new StageTimes();
    for (const shape of [100, 110, 9000]) times.record('hull', { decode: 10, shape });
    expect(times.totalMs('hull')).toBe(120);
    times.record('hull', { decode: 30, shape: 112 });
    expect(times.totalMs('hull')).toBe(10 + (110 + 112) / 2);
  });

  test('forgets all but the last fifteen jobs', () => {
    const times = new StageTimes();
    for (let i = 0; i < 15; i++) times.record('hull', { shape: 1000 });
    for (let i = 0; i < 15; i++) times.record('hull', { shape: 10 });
    expect(times.totalMs('hull')).toBe(10);
  });

  test('counts a stage that did not run as nothing', () => {
    const times = new StageTimes();
    times.record('plain', { shape: 100 });
    expect(times.remainingMs('plain', 'shape', 1, 100)).toBe(0);
  });

  test('leaves the rest of the running stage and all later ones', () => {
    const times = new StageTimes();
    times.record('hull', { decode: 10, shape: 100, export: 50 });
    expect(times.remainingMs('hull', undefined, 0, 0)).toBe(160);
    expect(times.remainingMs('hull', 'shape', 0.25, 0)).toBe(75 + 50);
    expect(times.remainingMs('hull', 'shape', 0, 40)).toBe(60 + 50);
    expect(times.remainingMs('hull', 'shape', 0, 4000)).toBe(50);
    expect(times.remainingMs('hull', 'export', 1, 50)).toBe(0);
  });

  test('never lets the remaining time grow with the progress', () => {
    const times = new StageTimes();
    times.record('hull', { decode: 10, shape: 100, export: 50 });
    const fraction = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(fraction, fraction, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(times.remainingMs('hull', 'shape', high, 0)!).toBeLessThanOrEqual(
          times.remainingMs('hull', 'shape', low, 0)!,
        );
      }),
    );
  });
});

describe('estimateQueueMs', () => {
  test.each<[string, Array<number | undefined>, Array<number | undefined>, Array<number | undefined>]>([
    ['one slot, one after the other', [50], [100, 100, 10], [150, 250, 260]],
    ['two slots, each job on the one that is free first', [50, 20], [100, 100, 100], [120, 150, 220]],
    ['an idle slot', [0, 500], [100, 100], [100, 200]],
    ['nothing after a job of unknown length', [0], [100, undefined, 100], [100, undefined, undefined]],
    ['nothing beside a running job of unknown length', [undefined, 0], [100], [undefined]],
    ['nothing without a usable slot', [], [100], [undefined]],
  ])('forecasts %s', (_what, slots, totals, expected) => {
    expect(estimateQueueMs(slots, totals)).toEqual(expected);
  });
});
