const DIAGONAL = Math.SQRT2;

/**
 * Distance in pixels from each pixel to the nearest non-zero pixel of `mask`, 0 on the mask, Infinity where the mask
 * is empty. A two-pass chamfer with weights 1 and sqrt(2): at most 8 % above the Euclidean distance, enough for
 * bands of a few pixels.
 */
export function distanceToMask(mask: Uint8Array, width: number, height: number): Float32Array {
  const d = new Float32Array(width * height);
  for (let i = 0; i < d.length; i++) d[i] = mask[i] !== 0 ? 0 : Number.POSITIVE_INFINITY;
  for (let y = 0; y < height; y++) {
    for (let x = 0, i = y * width; x < width; x++, i++) {
      let best = d[i]!;
      if (best === 0) continue;
      if (x > 0 && d[i - 1]! + 1 < best) best = d[i - 1]! + 1;
      if (y > 0) {
        if (d[i - width]! + 1 < best) best = d[i - width]! + 1;
        if (x > 0 && d[i - width - 1]! + DIAGONAL < best) best = d[i - width - 1]! + DIAGONAL;
        if (x < width - 1 && d[i - width + 1]! + DIAGONAL < best) best = d[i - width + 1]! + DIAGONAL;
      }
      d[i] = best;
    }
  }
  for (let y = height - 1; y >= 0; y--) {
    for (let x = width - 1, i = y * width + x; x >= 0; x--, i--) {
      let best = d[i]!;
      if (best === 0) continue;
      if (x < width - 1 && d[i + 1]! + 1 < best) best = d[i + 1]! + 1;
      if (y < height - 1) {
        if (d[i + width]! + 1 < best) best = d[i + width]! + 1;
        if (x < width - 1 && d[i + width + 1]! + DIAGONAL < best) best = d[i + width + 1]! + DIAGONAL;
        if (x > 0 && d[i + width - 1]! + DIAGONAL < best) best = d[i + width - 1]! + DIAGONAL;
      }
      d[i] = best;
    }
  }
  return d;
}
