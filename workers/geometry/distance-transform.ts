/**
 * Exact Euclidean distance transforms by lower envelopes of parabolas: linear time, one pass per axis.
 *
 * @see Felzenszwalb and Huttenlocher, Distance Transforms of Sampled Functions, Theory of Computing 8, 2012.
 */

/** Marks a sample that is no feature; larger samples are treated the same. */
export const NO_FEATURE = 1e20;

/** Scratch of one line: samples, parabola vertices and the borders between the parabolas. */
export interface DistanceLine {
  samples: Float64Array;
  vertices: Int32Array;
  borders: Float64Array;
}

/** Scratch for lines of at most `length` samples. */
export function createDistanceLine(length: number): DistanceLine {
  return {
    samples: new Float64Array(length),
    vertices: new Int32Array(length),
    borders: new Float64Array(length + 1),
  };
}

/**
 * Builds the lower envelope of the parabolas `samples[q] + (x - q)^2` over the first `length` samples.
 * @returns the number of parabolas in the envelope; 0 where no sample is a feature.
 */
function buildEnvelope(line: DistanceLine, length: number): number {
  const { samples, vertices, borders } = line;
  let count = 0;
  for (let q = 0; q < length; q++) {
    const height = samples[q]!;
    if (height >= NO_FEATURE) continue;
    let border = -Infinity;
    while (count > 0) {
      const v = vertices[count - 1]!;
      border = (height + q * q - samples[v]! - v * v) / (2 * (q - v));
      if (border > borders[count - 1]!) break;
      count--;
    }
    if (count === 0) border = -Infinity;
    vertices[count] = q;
    borders[count] = border;
    count++;
  }
  borders[count] = Infinity;
  return count;
}

/** One pass over one line: the `length` samples from `start` in steps of `stride`, in place. */
export function transformDistanceLine(
  values: Float32Array,
  start: number,
  stride: number,
  length: number,
  line: DistanceLine,
): void {
  const { samples, vertices, borders } = line;
  for (let i = 0; i < length; i++) samples[i] = values[start + i * stride]!;
  const count = buildEnvelope(line, length);
  if (count === 0) return;
  for (let i = 0, k = 0; i < length; i++) {
    while (borders[k + 1]! < i) k++;
    const v = vertices[k]!;
    values[start + i * stride] = samples[v]! + (i - v) * (i - v);
  }
}

/**
 * Replaces each sample f(q) by min over p of f(p) + |p - q|^2, in place. With 0 at features and `NO_FEATURE`
 * elsewhere that is the squared distance to the nearest feature, in samples; without any feature it stays
 * `NO_FEATURE`. `values` is `width * height`, x fastest.
 */
export function transformSquaredDistance2d(values: Float32Array, width: number, height: number): void {
  const line = createDistanceLine(Math.max(width, height));
  for (let x = 0; x < width; x++) transformDistanceLine(values, x, width, height, line);
  for (let y = 0; y < height; y++) transformDistanceLine(values, y * width, 1, width, line);
}

/** As `transformSquaredDistance2d` for a volume, x fastest, then y, then z. */
export function transformSquaredDistance3d(values: Float32Array, dims: readonly [number, number, number]): void {
  const [nx, ny, nz] = dims;
  const line = createDistanceLine(Math.max(nx, ny, nz));
  for (let i = 0; i < nx * ny; i++) transformDistanceLine(values, i, nx * ny, nz, line);
  for (let z = 0; z < nz; z++) {
    for (let x = 0; x < nx; x++) transformDistanceLine(values, z * nx * ny + x, nx, ny, line);
    for (let y = 0; y < ny; y++) transformDistanceLine(values, (z * ny + y) * nx, 1, nx, line);
  }
}

/**
 * The index `x + width * y` of the feature sample nearest to each sample; -1 everywhere without a feature.
 * A sample is a feature where `isFeature` is not 0.
 */
export function findNearestFeature2d(isFeature: Uint8Array, width: number, height: number): Int32Array {
  const line = createDistanceLine(Math.max(width, height));
  const { samples, vertices, borders } = line;
  const squared = new Float32Array(width * height).fill(NO_FEATURE);
  const nearest = new Int32Array(width * height).fill(-1);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) samples[y] = isFeature[x + y * width] ? 0 : NO_FEATURE;
    if (buildEnvelope(line, height) === 0) continue;
    for (let y = 0, k = 0; y < height; y++) {
      while (borders[k + 1]! < y) k++;
      const v = vertices[k]!;
      squared[x + y * width] = (y - v) * (y - v);
      nearest[x + y * width] = x + v * width;
    }
  }
  const rowNearest = new Int32Array(width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      samples[x] = squared[row + x]!;
      rowNearest[x] = nearest[row + x]!;
    }
    if (buildEnvelope(line, width) === 0) continue;
    for (let x = 0, k = 0; x < width; x++) {
      while (borders[k + 1]! < x) k++;
      nearest[row + x] = rowNearest[vertices[k]!]!;
    }
  }
  return nearest;
}
