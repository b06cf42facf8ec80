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
      const hasLeft = x > 0;
      const hasRight = x < width - 1;
      for (let q = p - width; q <= p + width; q += width) {
        if (q < 0 || q >= mask.length) continue;
        const isSide = q !== p && connectivity === 4;
        if (mask[q] !== 0 && labels[q] === 0) {
          labels[q] = label;
          stack[top++] = q;
        }
        if (isSide) continue;
        if (hasLeft && mask[q - 1] !== 0 && labels[q - 1] === 0) {
          labels[q - 1] = label;
          stack[top++] = q - 1;
        }
        if (hasRight && mask[q + 1] !== 0 && labels[q + 1] === 0) {
          labels[q + 1] = label;
          stack[top++] = q + 1;
        }
      }
    }
    areas.push(area);
  }
  return { labels, areas };
}

/** Grows the non-zero pixels of `mask`, in place, through passable neighbours (4 of them) as far as they reach. */
export function growMask(mask: Uint8Array, passable: Uint8Array, width: number, height: number): void {
  // Every pixel is pushed at most once, when it joins.
  const stack = new Int32Array(mask.length);
  let top = 0;
  const last = width * (height - 1);
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== 0 || passable[start] === 0) continue;
    const x = start % width;
    const touches =
      (x > 0 && mask[start - 1] !== 0) ||
      (x < width - 1 && mask[start + 1] !== 0) ||
      (start >= width && mask[start - width] !== 0) ||
      (start < last && mask[start + width] !== 0);
    if (!touches) continue;
    mask[start] = 1;
    stack[top++] = start;
    while (top > 0) {
      const p = stack[--top]!;
      const px = p % width;
      if (px > 0 && passable[p - 1] !== 0 && mask[p - 1] === 0) {
        mask[p - 1] = 1;
        stack[top++] = p - 1;
      }
      if (px < width - 1 && passable[p + 1] !== 0 && mask[p + 1] === 0) {
        mask[p + 1] = 1;
        stack[top++] = p + 1;
      }
      if (p >= width && passable[p - width] !== 0 && mask[p - width] === 0) {
        mask[p - width] = 1;
        stack[top++] = p - width;
      }
      if (p < last && passable[p + width] !== 0 && mask[p + width] === 0) {
        mask[p + width] = 1;
        stack[top++] = p + width;
      }
    }
  }
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

/** 1 where the mask is 0, 0 elsewhere. */
export function invertMask(mask: Uint8Array): Uint8Array {
  const inverse = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i++) if (mask[i] === 0) inverse[i] = 1;
  return inverse;
}
