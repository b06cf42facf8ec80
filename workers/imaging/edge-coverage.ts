import { encodeSrgb, oklabToLinear } from './color-space.ts';
import { distanceToMask } from './distance-transform.ts';
import { evaluateRow, type PolynomialSurface } from './polynomial-surface.ts';
import type { ImageRgba } from './prepared-view.ts';

/** Depth of the soft edge, in pixels from the background. Pixels deeper inside are covered fully. */
const BAND_PX = 3;
/** Pixels this near are searched for the object's own colour. */
const SEARCH_PX = 3;
/** Coverage from which everything further inside is covered fully. */
const FULL = 0.92;

/**
 * Coverage, 0 to 1, of an object that is known up to its edge: `background` is non-zero on everything that shows
 * background alone, and antialiased pixels belong to the object.
 *
 * In the band along the edge a pixel's colour is a mixture, I = c F + (1 - c) B, of the background B, which the
 * model tells, and the object's own colour F, for which the nearby pixel that differs most from the background
 * stands. Solved for c in sRGB values, as pictures are composed.
 * @param distance how far each pixel is from the background model
 * @param surface the background in OKLab, channels 0 to 2
 */
export function estimateEdgeCoverage(
  image: ImageRgba,
  background: Uint8Array,
  distance: Float32Array,
  surface: PolynomialSurface,
): Float32Array {
  const { width, height } = image;
  const depth = distanceToMask(background, width, height);
  const coverage = new Float32Array(width * height);
  const band: number[] = [];
  for (let i = 0; i < coverage.length; i++) {
    if (depth[i] === 0) continue;
    coverage[i] = 1;
    if (depth[i]! <= BAND_PX) band.push(i);
  }
  const backdrop = new Float32Array(3 * width);
  const behind = new Float32Array(3);
  let rowAt = -1;
  for (let k = 0; k < band.length; k++) {
    const i = band[k]!;
    const x = i % width;
    const y = (i - x) / width;
    if (y !== rowAt) {
      evaluateRow(surface, y, backdrop);
      rowAt = y;
    }
    oklabToLinear(backdrop[x]!, backdrop[width + x]!, backdrop[2 * width + x]!, behind);
    for (let c = 0; c < 3; c++) behind[c] = encodeSrgb(behind[c]!);
    const own = mostDistinct(distance, depth, x, y, width, height);
    coverage[i] = mixingShare(image.pixels, i, own, behind);
  }
  fillBehindEdge(coverage, depth, band, width, height);
  return coverage;
}

/** The pixel of the object within `SEARCH_PX` that differs most from the background. */
function mostDistinct(
  distance: Float32Array,
  depth: Float32Array,
  x: number,
  y: number,
  width: number,
  height: number,
): number {
  let best = y * width + x;
  let peak = distance[best]!;
  for (let v = Math.max(0, y - SEARCH_PX); v <= Math.min(height - 1, y + SEARCH_PX); v++) {
    for (let u = Math.max(0, x - SEARCH_PX); u <= Math.min(width - 1, x + SEARCH_PX); u++) {
      const q = v * width + u;
      if (depth[q]! > 0 && distance[q]! > peak) {
        peak = distance[q]!;
        best = q;
      }
    }
  }
  return best;
}

/** The share c of the colour of pixel `own` in that of pixel `i`, the rest being the background `behind`. */
function mixingShare(pixels: Uint8Array, i: number, own: number, behind: Float32Array): number {
  let dot = 0;
  let length2 = 0;
  for (let c = 0; c < 3; c++) {
    const contrast = pixels[4 * own + c]! - behind[c]!;
    length2 += contrast * contrast;
    dot += contrast * (pixels[4 * i + c]! - behind[c]!);
  }
  if (length2 < 1) return 1;
  // The most distinct pixel of a textured object overshoots a little: 95 % of the way is all the way.
  return Math.min(1, Math.max(0, dot / (0.95 * length2)));
}

/**
 * Makes coverage grow inwards, in place: a pixel behind one that is covered fully is covered fully as well, though
 * it may look like a mixture (a light surface inside a dark outline).
 */
function fillBehindEdge(
  coverage: Float32Array,
  depth: Float32Array,
  band: readonly number[],
  width: number,
  height: number,
): void {
  const inwards = Int32Array.from(band).sort((p, q) => depth[p]! - depth[q]! || p - q);
  for (let k = 0; k < inwards.length; k++) {
    const i = inwards[k]!;
    const x = i % width;
    if (coverage[i]! >= FULL) {
      coverage[i] = 1;
      continue;
    }
    if (x === 0 || x === width - 1 || i < width || i >= width * (height - 1)) continue;
    for (let dy = -width; dy <= width; dy += width) {
      for (let dx = -1; dx <= 1; dx++) {
        const q = i + dy + dx;
        if (depth[q]! > 0 && depth[q]! < depth[i]! && coverage[q]! >= FULL) coverage[i] = 1;
      }
    }
  }
}
