/**
 * Standard normal noise that depends on the seed alone: the same bits on every machine and in every release.
 *
 * splitmix32 spreads the seed over the state of xoshiro128**, whose draws feed the polar method of Marsaglia, two
 * normals for each accepted pair. Only arithmetic that IEEE 754 defines to the last bit is used; `Math.log`, `cos`
 * and their like may differ between machines, so the logarithm is worked out here.
 * @param seed 0 to 2^32 - 1
 * @see Blackman and Vigna, Scrambled linear pseudorandom number generators, 2021.
 */
export function seededNoise(seed: number, length: number): Float32Array {
  const draw = xoshiro128(seed);
  const noise = new Float32Array(length);
  for (let i = 0; i < length; ) {
    const x = draw();
    const y = draw();
    const s = x * x + y * y;
    if (s >= 1) continue;
    const scale = Math.sqrt((-2 * logarithm(s)) / s);
    noise[i++] = x * scale;
    if (i < length) noise[i++] = y * scale;
  }
  return noise;
}

/** Draws from 2^32 values evenly spread over (-1, 1), symmetric about 0 and never 0. */
function xoshiro128(seed: number): () => number {
  let state = seed;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let [a, b, c, d] = [next(), next(), next(), next()];
  return () => {
    const scrambled = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return (2 * scrambled + 1) / 2 ** 32 - 1;
  };
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** Natural logarithm of a number in (0, 1], to about 1e-16: powers of two, then log m = 2 artanh((m - 1) / (m + 1)). */
function logarithm(x: number): number {
  let m = x;
  let doublings = 0;
  while (m < Math.SQRT1_2) {
    m *= 2;
    doublings++;
  }
  const t = (m - 1) / (m + 1);
  const square = t * t;
  let sum = 0;
  for (let k = 21; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return 2 * t * sum - doublings * Math.LN2;
}
