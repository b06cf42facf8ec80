import { describe, expect, test } from 'bun:test';
import { seededNoise } from '../../../../../../workers/engines/hunyuan/sampling/seeded-noise.ts';

const COUNT = 200_000;

/** The standard normal distribution function. @see Abramowitz and Stegun, 7.1.26; error below 1.5e-7. */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.3275911 * (Math.abs(x) / Math.SQRT2));
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const tail = (series * Math.exp((-x * x) / 2)) / 2;
  return x > 0 ? 1 - tail : tail;
}

describe('seededNoise', () => {
  test('never changes: these bits belong to these seeds', () => {
    const bits = (seed: number) => [...new Uint32Array(seededNoise(seed, 4).buffer)].map((word) => word.toString(16));
    expect(bits(0)).toEqual(['bce4504f', 'be27d1e4', '3e4924e8', '3f64ccf4']);
    expect(bits(1234)).toEqual(['bf52e31f', '3fa30b57', 'be4eb777', '3e11f5a3']);
    expect(bits(4_294_967_295)).toEqual(['3f0ea155', 'bdbb8de7', 'bfd2af46', '3eed21fd']);
  });

  test('depends on the seed, and a longer run begins like a shorter one', () => {
    expect(seededNoise(5, 7)).toEqual(seededNoise(5, 100).subarray(0, 7));
    expect(seededNoise(5, 16)).not.toEqual(seededNoise(6, 16));
  });

  test('has the moments of the standard normal', () => {
    const noise = seededNoise(7, COUNT);
    const moment = (power: number) => noise.reduce((sum, value) => sum + value ** power, 0) / COUNT;
    // Five standard errors each.
    const within = (actual: number, expected: number, variance: number) =>
      expect(Math.abs(actual - expected)).toBeLessThan(5 * Math.sqrt(variance / COUNT));
    within(moment(1), 0, 1);
    within(moment(2), 1, 2);
    within(moment(3), 0, 15);
    within(moment(4), 3, 96);
  });

  test.each([0, 1, 2, 42, 4_294_967_295])('has the distribution of the standard normal, with seed %p', (seed) => {
    const sorted = seededNoise(seed, COUNT).sort();
    let distance = 0;
    for (let i = 0; i < COUNT; i++) {
      const expected = normalCdf(sorted[i]!);
      distance = Math.max(distance, expected - i / COUNT, (i + 1) / COUNT - expected);
    }
    // Kolmogorov and Smirnov: exceeded once in 2000 samples of this size; the seeds are fixed.
    expect(distance * Math.sqrt(COUNT)).toBeLessThan(2.05);
  });

  test('neighbouring values and neighbouring seeds are uncorrelated', () => {
    const [noise, other] = [seededNoise(11, COUNT), seededNoise(12, COUNT)];
    const correlation = (a: Float32Array, b: Float32Array) =>
      b.reduce((sum, value, i) => sum + value * a[i]!, 0) / COUNT;
    for (const lag of [1, 2, 3, 64]) {
      expect(Math.abs(correlation(noise, noise.subarray(lag)))).toBeLessThan(5 / Math.sqrt(COUNT));
    }
    expect(Math.abs(correlation(noise, other))).toBeLessThan(5 / Math.sqrt(COUNT));
  });
});
