import type { ImageRgba } from './prepared-view.ts';

/** Coverage from which a pixel shows the object's colour alone. */
const PURE = 0.98;
/** How far, in pixels, pure colours are looked for around a partly covered pixel. */
const SEARCH_PX = 5;

/** The picture with `coverage` (0 to 1) as its alpha and its colours as they are; 0 where nothing is covered. */
export function composeCutout({ width, height, pixels: source }: ImageRgba, coverage: Float32Array): ImageRgba {
  const pixels = new Uint8Array(source.length);
  for (let i = 0; i < coverage.length; i++) {
    const alpha = Math.round(255 * coverage[i]!);
    if (alpha === 0) continue;
    pixels[4 * i] = source[4 * i]!;
    pixels[4 * i + 1] = source[4 * i + 1]!;
    pixels[4 * i + 2] = source[4 * i + 2]!;
    pixels[4 * i + 3] = alpha;
  }
  return { width, height, pixels };
}

/**
 * As `composeCutout` for a picture that came with an alpha channel: such cut-outs often keep a trace of their former
 * background along the edge. The fainter the coverage, the more the colour comes from the fully covered pixels
 * near by; thin parts that have none keep their own.
 */
export function composeDecontaminated(image: ImageRgba, coverage: Float32Array): ImageRgba {
  return composeMixed(image, coverage, (seen, own, c) => {
    const trust = c * c * c;
    return Number.isNaN(own) ? seen : trust * seen + (1 - trust) * own;
  });
}

/**
 * As `composeCutout` for an opaque picture: takes what shines through of the background out of partly covered
 * pixels. The background's colour comes from the empty pixels near by, and the fainter the coverage, the more
 * the object's colour comes from its fully covered pixels near by.
 */
export function composeUnmixed(image: ImageRgba, coverage: Float32Array): ImageRgba {
  return composeMixed(image, coverage, (seen, own, c, behind) => {
    const unmixed = Number.isNaN(behind) ? seen : (seen - (1 - c) * behind) / c;
    const bounded = Math.min(255, Math.max(0, unmixed));
    return Number.isNaN(own) ? bounded : c * bounded + (1 - c) * own;
  });
}

/** One channel of a partly covered pixel; `own` and `behind` are NaN where no such pixel is near. */
type ChannelRule = (seen: number, own: number, coverage: number, behind: number) => number;

function composeMixed(image: ImageRgba, coverage: Float32Array, channel: ChannelRule): ImageRgba {
  const { width, height, pixels: source } = image;
  const cutout = composeCutout(image, coverage);
  const backdrop = new Float32Array(4);
  const own = new Float32Array(4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const c = coverage[i]!;
      if (c === 0 || c >= PURE) continue;
      meanPureColors(image, coverage, x, y, backdrop, own);
      for (let k = 0; k < 3; k++) {
        cutout.pixels[4 * i + k] = Math.round(channel(source[4 * i + k]!, own[k]!, c, backdrop[k]!));
      }
    }
  }
  return cutout;
}

/**
 * Mean colours, weighted by nearness, of the empty pixels (`backdrop`) and of the fully covered ones (`own`) around
 * (x, y): red, green, blue, NaN where there are none, and the weight.
 */
function meanPureColors(
  { width, height, pixels }: ImageRgba,
  coverage: Float32Array,
  x: number,
  y: number,
  backdrop: Float32Array,
  own: Float32Array,
): void {
  backdrop.fill(0);
  own.fill(0);
  for (let v = Math.max(0, y - SEARCH_PX); v <= Math.min(height - 1, y + SEARCH_PX); v++) {
    for (let u = Math.max(0, x - SEARCH_PX); u <= Math.min(width - 1, x + SEARCH_PX); u++) {
      const q = v * width + u;
      const c = coverage[q]!;
      if (c !== 0 && c < PURE) continue;
      const sums = c === 0 ? backdrop : own;
      const weight = 1 / ((u - x) * (u - x) + (v - y) * (v - y));
      for (let k = 0; k < 3; k++) sums[k] = sums[k]! + weight * pixels[4 * q + k]!;
      sums[3] = sums[3]! + weight;
    }
  }
  for (let k = 0; k < 3; k++) {
    backdrop[k] = backdrop[k]! / backdrop[3]!;
    own[k] = own[k]! / own[3]!;
  }
}
