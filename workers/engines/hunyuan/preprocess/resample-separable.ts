import type { AxisTaps } from './resample-taps.ts';

/** A picture as rows of interleaved samples, `channels * width * height` of them, any value range. */
export interface Raster<T extends Uint8Array | Uint8ClampedArray | Float32Array> {
  width: number;
  height: number;
  channels: number;
  data: T;
}

/**
 * Applies one set of taps along the rows and one along the columns, rows first. Every channel on its own: colour is
 * not weighted by alpha. Holds one float copy of the source at the new width besides the result.
 */
export function resampleSeparable(
  source: Raster<Uint8Array | Uint8ClampedArray | Float32Array>,
  columns: AxisTaps,
  rows: AxisTaps,
): Raster<Float32Array> {
  const { height: sourceHeight, channels } = source;
  const width = columns.first.length - 1;
  const height = rows.first.length - 1;
  const stride = channels * width;
  const wide = new Float32Array(stride * sourceHeight);
  for (let y = 0; y < sourceHeight; y++) {
    const line = y * source.width * channels;
    for (let x = 0; x < width; x++) {
      const at = y * stride + x * channels;
      for (let t = columns.first[x]!; t < columns.first[x + 1]!; t++) {
        const weight = columns.weight[t]!;
        const from = line + columns.source[t]! * channels;
        for (let c = 0; c < channels; c++) wide[at + c]! += weight * source.data[from + c]!;
      }
    }
  }
  const data = new Float32Array(stride * height);
  for (let y = 0; y < height; y++) {
    for (let t = rows.first[y]!; t < rows.first[y + 1]!; t++) {
      const weight = rows.weight[t]!;
      const from = rows.source[t]! * stride;
      for (let i = 0; i < stride; i++) data[y * stride + i]! += weight * wide[from + i]!;
    }
  }
  return { width, height, channels, data };
}
