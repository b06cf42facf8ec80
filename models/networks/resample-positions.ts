/** Of the cubic convolution kernel; the value that image libraries for networks use. */
const CUBIC_COEFFICIENT = -0.75;

/**
 * Resamples a table of position embeddings to another grid: per channel bicubic with half-pixel centres, indices
 * clamped at the border and no smoothing when shrinking. The class position is kept; the same grid gives the same table.
 * @param table `[1 + s * s, width]`: the class position, then a square grid in rows, top left first
 * @param width channels
 * @param grid positions along a side of the result
 * @returns `[1 + grid * grid, width]`
 * @see Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981
 */
export function resamplePositions(table: Float32Array, width: number, grid: number): Float32Array {
  const storedGrid = Math.sqrt(table.length / width - 1);
  if (!Number.isInteger(storedGrid)) {
    throw new Error(`expected a class position and a square grid of ${width} channels, got ${table.length} values`);
  }
  const taps = cubicTaps(storedGrid, grid);

  // Along x: [s, s, width] to [s, grid, width].
  const rows = new Float64Array(storedGrid * grid * width);
  for (let y = 0; y < storedGrid; y++) {
    for (const { dst, src, weight } of taps) {
      addScaled(rows, (y * grid + dst) * width, table, (1 + y * storedGrid + src) * width, width, weight);
    }
  }

  // Along y: [s, grid, width] to [grid, grid, width]; a row of the grid is one run of numbers.
  const run = grid * width;
  const result = new Float64Array(width + grid * run);
  result.set(table.subarray(0, width));
  for (const { dst, src, weight } of taps) addScaled(result, width + dst * run, rows, src * run, run, weight);
  return Float32Array.from(result);
}

/** What a source sample adds to a resampled one. */
interface Tap {
  dst: number;
  src: number;
  weight: number;
}

/** Four source samples for each of `dstSize` resampled ones. */
function cubicTaps(srcSize: number, dstSize: number): Tap[] {
  return Array.from({ length: 4 * dstSize }, (_, i) => {
    const dst = Math.floor(i / 4);
    const position = ((dst + 0.5) * srcSize) / dstSize - 0.5;
    const sample = Math.floor(position) - 1 + (i % 4);
    const src = Math.min(Math.max(sample, 0), srcSize - 1);
    return { dst, src, weight: cubicKernel(Math.abs(position - sample)) };
  });
}

/** Weight of a sample at a distance of 0 to 2. */
function cubicKernel(distance: number): number {
  const a = CUBIC_COEFFICIENT;
  return distance <= 1
    ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
    : ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
}

/** Adds `count` numbers of `src`, times a weight, to `dst`. */
function addScaled(
  dst: Float64Array,
  dstStart: number,
  src: ArrayLike<number>,
  srcStart: number,
  count: number,
  weight: number,
): void {
  for (let i = 0; i < count; i++) {
    dst[dstStart + i] = (dst[dstStart + i] ?? 0) + weight * (src[srcStart + i] ?? 0);
  }
}
