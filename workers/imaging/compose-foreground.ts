import { extendColors } from './extend-colors.ts';
import type { ImageRgba } from './prepared-view.ts';

/** Coverage from which a pixel shows the object's colour alone. */
const PURE = 0.98;

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
 * As `composeCutout` for an opaque picture: takes what shines through of the background out of partly covered
 * pixels. The background's colour at the edge comes from the empty pixels near it, and the fainter the
 * coverage, the more the object's colour comes from its fully covered pixels near it.
 */
export function composeUnmixed(image: ImageRgba, coverage: Float32Array): ImageRgba {
  const { width, height, pixels: source } = image;
  const cutout = composeCutout(image, coverage);
  const backdrop = isolateColors(source, coverage, (c) => c === 0);
  const own = isolateColors(source, coverage, (c) => c >= PURE);
  extendColors(backdrop, width, height);
  extendColors(own, width, height);
  for (let i = 0; i < coverage.length; i++) {
    const c = coverage[i]!;
    if (c === 0 || c >= PURE) continue;
    for (let k = 4 * i; k < 4 * i + 3; k++) {
      const unmixed = (source[k]! - (1 - c) * backdrop[k]!) / c;
      const color = c * Math.min(255, Math.max(0, unmixed)) + (1 - c) * own[k]!;
      cutout.pixels[k] = Math.round(color);
    }
  }
  return cutout;
}

/** The pixels whose coverage passes the test, opaque; all others transparent. */
function isolateColors(source: Uint8Array, coverage: Float32Array, accepts: (c: number) => boolean): Uint8Array {
  const pixels = new Uint8Array(source.length);
  for (let i = 0; i < coverage.length; i++) {
    if (!accepts(coverage[i]!)) continue;
    pixels[4 * i] = source[4 * i]!;
    pixels[4 * i + 1] = source[4 * i + 1]!;
    pixels[4 * i + 2] = source[4 * i + 2]!;
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}
