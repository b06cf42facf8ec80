import type { ImageRgba } from './prepared-view.ts';

/** Rows or columns beyond the last half covered one that still add to a soft edge. */
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
    minX: whole.minX + 1 - edgeCoverage(columnPeak, whole.minX, -1),
    maxX: whole.maxX - 1 + edgeCoverage(columnPeak, whole.maxX - 1, 1),
    minY: whole.minY + 1 - edgeCoverage(rowPeak, whole.minY, -1),
    maxY: whole.maxY - 1 + edgeCoverage(rowPeak, whole.maxY - 1, 1),
  };
}

/** Peak coverage summed from the outermost half covered line outwards. */
function edgeCoverage(peaks: Uint8Array, from: number, direction: 1 | -1): number {
  let sum = 0;
  for (let k = 0; k <= SOFT_EDGE_PX; k++) sum += (peaks[from + k * direction] ?? 0) / 255;
  return sum;
}
