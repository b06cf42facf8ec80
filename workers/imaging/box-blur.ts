/**
 * Replaces every value of a `width * height` plane by the mean of the square of `2 * radius + 1` pixels around it, cut
 * at the picture's border. O(pixels) for any radius; one row and one plane of scratch memory.
 */
export function boxBlur(plane: Float32Array, width: number, height: number, radius: number): void {
  if (radius < 1) return;
  const horizontal = new Float32Array(plane.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = 0;
    for (let x = 0; x < Math.min(radius, width); x++) sum += plane[row + x]!;
    for (let x = 0; x < width; x++) {
      if (x + radius < width) sum += plane[row + x + radius]!;
      if (x - radius - 1 >= 0) sum -= plane[row + x - radius - 1]!;
      horizontal[row + x] = sum / (Math.min(width - 1, x + radius) - Math.max(0, x - radius) + 1);
    }
  }
  const sums = new Float64Array(width);
  for (let y = 0; y < Math.min(radius, height); y++) addRow(sums, horizontal, y * width, 1);
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addRow(sums, horizontal, (y + radius) * width, 1);
    if (y - radius - 1 >= 0) addRow(sums, horizontal, (y - radius - 1) * width, -1);
    const count = Math.min(height - 1, y + radius) - Math.max(0, y - radius) + 1;
    for (let x = 0; x < width; x++) plane[y * width + x] = sums[x]! / count;
  }
}

function addRow(sums: Float64Array, plane: Float32Array, at: number, sign: 1 | -1): void {
  for (let x = 0; x < sums.length; x++) sums[x] = sums[x]! + sign * plane[at + x]!;
}
