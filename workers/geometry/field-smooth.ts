/**
 * Blurs a field in place with the kernel (1, 2, 1) / 4 along every axis. The outermost samples blur with themselves.
 * @param dims samples along x (fastest), y, z
 */
export function smoothField(values: Float32Array, [nx, ny, nz]: readonly [number, number, number]): void {
  for (let row = 0; row < values.length; row += nx) {
    let previous = values[row]!;
    for (let i = row; i < row + nx; i++) {
      const current = values[i]!;
      const next = i + 1 < row + nx ? values[i + 1]! : current;
      values[i] = 0.25 * (previous + next) + 0.5 * current;
      previous = current;
    }
  }
  const plane = nx * ny;
  for (let start = 0; start < values.length; start += plane) smoothLayers(values, start, nx, ny);
  smoothLayers(values, 0, plane, nz);
}

/** Blurs across `count` consecutive layers of `size` samples each. */
function smoothLayers(values: Float32Array, start: number, size: number, count: number): void {
  const previous = values.slice(start, start + size);
  for (let layer = 0; layer < count; layer++) {
    const at = start + layer * size;
    const toNext = layer + 1 < count ? size : 0;
    for (let i = 0; i < size; i++) {
      const current = values[at + i]!;
      values[at + i] = 0.25 * (previous[i]! + values[at + i + toNext]!) + 0.5 * current;
      previous[i] = current;
    }
  }
}
