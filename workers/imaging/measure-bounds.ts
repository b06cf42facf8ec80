import type { ImageRgba } from './prepared-view.ts';

/** Rows or columns on either side of the last half covered one that make up a soft edge. */
const SOFT_EDGE_PX = 3;

export interface Bounds {
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
}

/** Bounds in whole pixels of what has alpha >= 128, max exclusive; undefined where nothing has. */
export function pixelBounds({ width, height, pixels }: ImageRgba): Bounds | undefined {
  let [minX, minY, maxX, maxY] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[4 * (y * width + x) + 3]! < 128) continue;
      if (x < minX) minX = x;
      if (x >= maxX) maxX = x + 1;
      if (y < minY) minY = y;
      maxY = y + 1;
    }
  }
  return maxX > minX ? { minX, minY, maxX, maxY } : undefined;
}

/**
 * Bounds to a fraction of a pixel: the coverage of an antialiased edge tells how far into its pixel it reaches.
 * Exact for edges along the pixel grid; undefined where no pixel has alpha >= 128.
 */
export function subpixelBounds(image: ImageRgba): Bounds | undefined {
  const whole = pixelBounds(image);
  if (whole === undefined) return undefined;
  const { width, height, pixels } = image;
  const columnPeak = new Uint8Array(width);
  const rowPeak = new Uint8Array(height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const alpha = pixels[4 * (y * width + x) + 3]!;
      if (alpha > columnPeak[x]!) columnPeak[x] = alpha;
      if (alpha > rowPeak[y]!) rowPeak[y] = alpha;
    }
  }
  return {
    minX: width - edgePosition(columnPeak.toReversed(), width - 1 - whole.minX),
    maxX: edgePosition(columnPeak, whole.maxX - 1),
    minY: height - edgePosition(rowPeak.toReversed(), height - 1 - whole.minY),
    maxY: edgePosition(rowPeak, whole.maxY - 1),
  };
}

/**
 * Where the object ends along an axis, in pixels: the peak coverages of the lines around `last`, the outermost half
 * covered one, add up to the length that is covered there.
 */
function edgePosition(peaks: Uint8Array, last: number): number {
  let start = last;
  while (start > Math.max(0, last - SOFT_EDGE_PX) && peaks[start - 1]! >= 128) start--;
  let covered = 0;
  for (let k = start; k <= Math.min(peaks.length - 1, last + SOFT_EDGE_PX); k++) covered += peaks[k]! / 255;
  return start + covered;
}
