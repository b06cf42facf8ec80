/** Three float planes of one picture in OKLab: L 0 to 1, a and b about -0.4 to 0.4. */
export interface LabPlanes {
  width: number;
  height: number;
  /** L, a, b, each `width * height` values. */
  planes: readonly [Float32Array, Float32Array, Float32Array];
}

/** Linear light, 0 to 1, of an 8-bit sRGB value. */
export const LINEAR_FROM_SRGB8: Float32Array = Float32Array.from({ length: 256 }, (_, i) => {
  const v = i / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});

/** Steps of the cube root table: at 8 bits per channel the error stays below 0.001. */
const ROOT_STEPS = 65535;
const CUBE_ROOT = new Float32Array(ROOT_STEPS + 2);
for (let i = 0; i < CUBE_ROOT.length; i++) CUBE_ROOT[i] = Math.cbrt(i / ROOT_STEPS);

/**
 * Converts 8-bit sRGB pixels, 4 channels, alpha ignored, to OKLab, where Euclidean distance follows what people see.
 * @see Ottosson, A perceptual color space for image processing, 2020.
 */
export function toOklab(pixels: Uint8Array, width: number, height: number): LabPlanes {
  const n = width * height;
  const planes = [new Float32Array(n), new Float32Array(n), new Float32Array(n)] as const;
  const [lightness, a, b] = planes;
  for (let i = 0; i < n; i++) {
    const red = LINEAR_FROM_SRGB8[pixels[4 * i]!]!;
    const green = LINEAR_FROM_SRGB8[pixels[4 * i + 1]!]!;
    const blue = LINEAR_FROM_SRGB8[pixels[4 * i + 2]!]!;
    const l = CUBE_ROOT[Math.round(ROOT_STEPS * (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue))]!;
    const m = CUBE_ROOT[Math.round(ROOT_STEPS * (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue))]!;
    const s = CUBE_ROOT[Math.round(ROOT_STEPS * (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue))]!;
    lightness[i] = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
    a[i] = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
    b[i] = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  }
  return { width, height, planes };
}

/** Converts one OKLab colour to linear sRGB light, 0 to 1 inside the gamut, written to `out[0..2]`. */
export function oklabToLinear(lightness: number, a: number, b: number, out: Float32Array): void {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  out[0] = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
  out[1] = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
  out[2] = -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s;
}

/** The sRGB value, 0 to 255 and not rounded, of linear light; clamps to the gamut. */
export function encodeSrgb(linear: number): number {
  const v = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return 255 * Math.min(1, Math.max(0, v));
}
