/**
 * Sinusoidal embeddings of scalars: what denoisers are told of time and guidance. They are inputs of the graphs, as
 * they are cheap, change with every step and need more precision than a network in 16 bits has.
 */

/**
 * Time as the plain diffusion transformer takes it: sines, then cosines, of `time * 10000^(-i / half)`.
 * @param time in [0, 1], 0 being noise
 * @param width of the network, even
 * @returns `[width]`, worked out in 64 bits
 */
export function plainTimeEmbedding(time: number, width: number): Float32Array<ArrayBuffer> {
  const half = width / 2;
  const embedding = new Float32Array(width);
  for (let i = 0; i < half; i++) {
    const angle = time * Math.exp((-Math.log(10_000) * i) / half);
    embedding[i] = Math.sin(angle);
    embedding[half + i] = Math.cos(angle);
  }
  return embedding;
}

/** Channels of `streamEmbedding`. */
export const STREAM_EMBEDDING_WIDTH = 256;

/**
 * A scalar as the double and single stream transformer takes it: cosines, then sines, of
 * `1000 * value * 1000^(-i / 128)`.
 *
 * Every step of the angle is rounded to 32 bits, as the networks were trained: the embedding of a guidance scale has
 * angles up to thousands, where that rounding moves them by 3e-4 radians.
 * @param value time in [0, 1], 0 being noise, or the guidance scale as the user gives it
 * @returns `[256]`
 */
export function streamEmbedding(value: number): Float32Array<ArrayBuffer> {
  const half = STREAM_EMBEDDING_WIDTH / 2;
  const { fround } = Math;
  const embedding = new Float32Array(STREAM_EMBEDDING_WIDTH);
  const scaled = fround(1000 * fround(value));
  const rate = fround(-Math.log(1000));
  for (let i = 0; i < half; i++) {
    const angle = fround(scaled * fround(Math.exp(fround(rate * i) / half)));
    embedding[i] = Math.cos(angle);
    embedding[half + i] = Math.sin(angle);
  }
  return embedding;
}
