/**
 * Sliding mean over rectangles of 2 * radius + 1 pixels a side, `rowRadius` along rows and `columnRadius` along columns;
 * pixels outside of the image count as 0. O(pixels).
 */
export function boxBlur(
  src: Float32Array,
  width: number,
  height: number,
  rowRadius: number,
  columnRadius = rowRadius,
): Float32Array<ArrayBuffer> {
  const rowShare = 1 / (2 * rowRadius + 1);
  const columnShare = 1 / (2 * columnRadius + 1);
  const rows = new Float32Array(src.length);
  for (let y = 0; y < height; y++) {
    const o = y * width;
    let sum = 0;
    for (let x = 0; x < Math.min(rowRadius, width); x++) sum += src[o + x]!;
    for (let x = 0; x < width; x++) {
      if (x + rowRadius < width) sum += src[o + x + rowRadius]!;
      if (x - rowRadius - 1 >= 0) sum -= src[o + x - rowRadius - 1]!;
      rows[o + x] = sum * rowShare;
    }
  }
  // columns together, row by row: memory is read in order
  const out = new Float32Array(src.length);
  const sums = new Float64Array(width);
  for (let y = 0; y < Math.min(columnRadius, height); y++) {
    for (let x = 0; x < width; x++) sums[x]! += rows[y * width + x]!;
  }
  for (let y = 0; y < height; y++) {
    const enter = (y + columnRadius) * width;
    const leave = (y - columnRadius - 1) * width;
    for (let x = 0; x < width; x++) {
      if (y + columnRadius < height) sums[x]! += rows[enter + x]!;
      if (leave >= 0) sums[x]! -= rows[leave + x]!;
      out[y * width + x] = sums[x]! * columnShare;
    }
  }
  return out;
}
