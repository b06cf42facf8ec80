export interface Components {
  /** Component of each pixel, counted from 1 in raster order of the first pixel; 0 where the mask is 0. */
  labels: Int32Array;
  /** Pixels per component, indexed by label; entry 0 is 0. */
  areas: number[];
}

/**
 * Labels the connected components of the non-zero pixels of a `width * height` mask.
 * @param connectivity 4 or 8 neighbours. A set taken with 4 and its complement taken with 8 never cross.
 */
export function labelComponents(mask: Uint8Array, width: number, height: number, connectivity: 4 | 8): Components {
  const labels = new Int32Array(width * height);
  const areas = [0];
  // Every pixel is pushed once, when it is labelled.
  const stack = new Int32Array(width * height);
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || labels[start] !== 0) continue;
    const label = areas.length;
    let top = 0;
    let area = 0;
    stack[top++] = start;
    labels[start] = label;
    while (top > 0) {
      const p = stack[--top]!;
      area++;
      const x = p % width;
      const y = (p - x) / width;
      const x0 = x > 0 ? -1 : 0;
      const x1 = x < width - 1 ? 1 : 0;
      const y0 = y > 0 ? -1 : 0;
      const y1 = y < height - 1 ? 1 : 0;
      for (let dy = y0; dy <= y1; dy++) {
        for (let dx = x0; dx <= x1; dx++) {
          if (connectivity === 4 && dx !== 0 && dy !== 0) continue;
          const q = p + dy * width + dx;
          if (mask[q] !== 0 && labels[q] === 0) {
            labels[q] = label;
            stack[top++] = q;
          }
        }
      }
    }
    areas.push(area);
  }
  return { labels, areas };
}

/**
 * Marks with 1 every pixel that can be reached from a seed through passable pixels (4 neighbours); seeds that are
 * not passable are ignored.
 */
export function floodFill(passable: Uint8Array, seeds: Iterable<number>, width: number, height: number): Uint8Array {
  const reached = new Uint8Array(width * height);
  const stack = new Int32Array(width * height);
  let top = 0;
  for (const seed of seeds) {
    if (passable[seed] === 0 || reached[seed] !== 0) continue;
    reached[seed] = 1;
    stack[top++] = seed;
  }
  while (top > 0) {
    const p = stack[--top]!;
    const x = p % width;
    if (x > 0 && passable[p - 1] !== 0 && reached[p - 1] === 0) {
      reached[p - 1] = 1;
      stack[top++] = p - 1;
    }
    if (x < width - 1 && passable[p + 1] !== 0 && reached[p + 1] === 0) {
      reached[p + 1] = 1;
      stack[top++] = p + 1;
    }
    if (p >= width && passable[p - width] !== 0 && reached[p - width] === 0) {
      reached[p - width] = 1;
      stack[top++] = p - width;
    }
    if (p < width * (height - 1) && passable[p + width] !== 0 && reached[p + width] === 0) {
      reached[p + width] = 1;
      stack[top++] = p + width;
    }
  }
  return reached;
}

/** Indices of the pixels in the outermost frame of `thickness` pixels, each once. */
export function borderPixels(width: number, height: number, thickness = 1): number[] {
  const indices: number[] = [];
  for (let y = 0; y < height; y++) {
    const isFullRow = y < thickness || y >= height - thickness;
    for (let x = 0; x < width; x++) {
      if (isFullRow || x < thickness || x >= width - thickness) indices.push(y * width + x);
      else x = Math.max(x, width - thickness - 1);
    }
  }
  return indices;
}
