import { type Raster, resampleSeparable } from './resample-separable.ts';
import { areaTaps, cubicTaps, enlargingAreaTaps } from './resample-taps.ts';

type Raster8 = Raster<Uint8Array | Uint8ClampedArray>;

/**
 * Resizes an 8-bit picture as OpenCV's `INTER_AREA` does: by averaging where neither axis grows, otherwise with its
 * blend of two neighbours on both axes. Agrees within a level or two, as OpenCV rounds its weights.
 */
export function resizeArea(source: Raster8, width: number, height: number): Raster<Uint8ClampedArray> {
  const taps = width <= source.width && height <= source.height ? areaTaps : enlargingAreaTaps;
  return toBytes(resampleSeparable(source, taps(source.width, width), taps(source.height, height)));
}

/** Resizes an 8-bit picture as OpenCV's `INTER_CUBIC` does: four taps, no antialiasing when it reduces. */
export function resizeCubic(source: Raster8, width: number, height: number): Raster<Uint8ClampedArray> {
  return toBytes(resampleSeparable(source, cubicTaps(source.width, width), cubicTaps(source.height, height)));
}

/** Rounds to the nearest level, halves to even, and clamps to 0..255. */
function toBytes({ data, ...size }: Raster<Float32Array>): Raster<Uint8ClampedArray> {
  return { ...size, data: Uint8ClampedArray.from(data) };
}
