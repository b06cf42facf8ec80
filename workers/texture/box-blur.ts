/** Sliding mean over squares of side 2 * radius + 1; pixels outside of the image count as 0. O(pixels). */
export function boxBlur(src: Float32Array, width: number, height: number, radius: number): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(src.length);
  const share = 1 / (2 * radius + 1);
  for (let y = 0; y < height; y++) {
    const o = y * width;
    let sum = 0;
    for (let x = 0; x < Math.min(radius, width); x++) sum += src[o + x]!;
    for (let x = 0; x < width; x++) {
      if (x + radius < width) sum += src[o + x + radius]!;
      if (x - radius - 1 >= 0) sum -= src[o + x - radius - 1]!;
      rows[o + x] = sum * share;
    }
  }
  // columns together, row by row: memory is read in order
  const out = new Float32Array(src.length);
  const sums = new Float64Array(width);
  for (let y = 0; y < Math.min(radius, height); y++) {
    for (let x = 0; x < width; x++) sums[x]! += rows[y * width + x]!;
  }
  for (let y = 0; y < height; y++) {
    const enter = (y + radius) * width;
    const leave = (y - radius - 1) * width;
    for (let x = 0; x < width; x++) {
      if (y + radius < height) sums[x]! += rows[enter + x]!;
      if (leave >= 0) sums[x]! -= rows[leave + x]!;
      out[y * width + x] = sums[x]! * share;
    }
  }
  return out;
}
