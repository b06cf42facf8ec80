/** sRGB transfer function (IEC 61966-2-1) as tables for hot loops. */

/** Linear light, 0 to 1, of every 8-bit sRGB value. */
export const SRGB_TO_LINEAR = Float32Array.from({ length: 256 }, (_, value) => decode(value / 255));

/** Fine enough that the steepest part of the curve moves by a fifth of a level per entry. */
const ENCODE_STEPS = 16384;
const LINEAR_TO_SRGB = Float32Array.from({ length: ENCODE_STEPS + 1 }, (_, i) => 255 * encode(i / ENCODE_STEPS));

/** sRGB on the scale 0 to 255, not rounded, of a linear value; values outside 0 to 1 are clamped. */
export function linearToSrgb(linear: number): number {
  if (!(linear > 0)) return 0;
  return linear >= 1 ? 255 : LINEAR_TO_SRGB[(linear * ENCODE_STEPS + 0.5) | 0]!;
}

function decode(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function encode(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}
