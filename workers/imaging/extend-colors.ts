/**
 * Extends the colours of the covered pixels smoothly into the pixels with alpha 0, in place; alpha is not changed.
 * Push-pull: averages weighted by alpha are pushed up a pyramid until every pixel is known, then pulled back down,
 * so that colours near the rim are the rim's and those far away a wide mean. O(pixels).
 * Pixels with 0 < alpha keep their own colour. A picture without any coverage is left as it is.
 * @see Gortler et al., The Lumigraph, SIGGRAPH 1996, section 3.4.
 */
export function extendColors(pixels: Uint8Array, width: number, height: number): void {
  const levels = [baseLevel(pixels, width, height)];
  for (let level = levels[0]!; level.width > 1 || level.height > 1; ) {
    level = reduce(level);
    levels.push(level);
  }
  if (levels[levels.length - 1]!.weight[0] === 0) return;
  for (let i = levels.length - 2; i >= 0; i--) fillFromCoarser(levels[i]!, levels[i + 1]!);

  const { color } = levels[0]!;
  for (let i = 0; i < width * height; i++) {
    if (pixels[4 * i + 3] !== 0) continue;
    pixels[4 * i] = Math.round(color[3 * i]!);
    pixels[4 * i + 1] = Math.round(color[3 * i + 1]!);
    pixels[4 * i + 2] = Math.round(color[3 * i + 2]!);
  }
}

interface Level {
  width: number;
  height: number;
  /** Mean colour, 3 per pixel; valid where the weight is above 0. */
  color: Float32Array;
  /** Confidence, 0 to 1. */
  weight: Float32Array;
}

function baseLevel(pixels: Uint8Array, width: number, height: number): Level {
  const color = new Float32Array(3 * width * height);
  const weight = new Float32Array(width * height);
  for (let i = 0; i < width * height; i++) {
    weight[i] = pixels[4 * i + 3]! / 255;
    color[3 * i] = pixels[4 * i]!;
    color[3 * i + 1] = pixels[4 * i + 1]!;
    color[3 * i + 2] = pixels[4 * i + 2]!;
  }
  return { width, height, color, weight };
}

/** Half the size, rounded up. A pixel is fully trusted as soon as its four children add up to one full pixel. */
function reduce(fine: Level): Level {
  const width = (fine.width + 1) >> 1;
  const height = (fine.height + 1) >> 1;
  const color = new Float32Array(3 * width * height);
  const weight = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const yEnd = Math.min(2 * y + 2, fine.height);
    for (let x = 0; x < width; x++) {
      const xEnd = Math.min(2 * x + 2, fine.width);
      let [sum, r, g, b] = [0, 0, 0, 0];
      for (let fy = 2 * y; fy < yEnd; fy++) {
        for (let fx = 2 * x; fx < xEnd; fx++) {
          const j = fy * fine.width + fx;
          const w = fine.weight[j]!;
          if (w === 0) continue;
          sum += w;
          r += w * fine.color[3 * j]!;
          g += w * fine.color[3 * j + 1]!;
          b += w * fine.color[3 * j + 2]!;
        }
      }
      if (sum === 0) continue;
      const i = y * width + x;
      weight[i] = Math.min(1, sum);
      color[3 * i] = r / sum;
      color[3 * i + 1] = g / sum;
      color[3 * i + 2] = b / sum;
    }
  }
  return { width, height, color, weight };
}

/** Blends the bilinearly enlarged coarse colours into the pixels of `fine` as far as those are not trusted. */
function fillFromCoarser(fine: Level, coarse: Level): void {
  for (let y = 0; y < fine.height; y++) {
    const cy = (y - 0.5) / 2;
    const y0 = Math.max(0, Math.floor(cy));
    const y1 = Math.min(coarse.height - 1, Math.floor(cy) + 1);
    const ty = cy - Math.floor(cy);
    for (let x = 0; x < fine.width; x++) {
      const i = y * fine.width + x;
      const w = fine.weight[i]!;
      if (w >= 1) continue;
      const cx = (x - 0.5) / 2;
      const x0 = Math.max(0, Math.floor(cx));
      const x1 = Math.min(coarse.width - 1, Math.floor(cx) + 1);
      const tx = cx - Math.floor(cx);
      const [i00, i10] = [3 * (y0 * coarse.width + x0), 3 * (y0 * coarse.width + x1)];
      const [i01, i11] = [3 * (y1 * coarse.width + x0), 3 * (y1 * coarse.width + x1)];
      for (let c = 0; c < 3; c++) {
        const top = coarse.color[i00 + c]! * (1 - tx) + coarse.color[i10 + c]! * tx;
        const bottom = coarse.color[i01 + c]! * (1 - tx) + coarse.color[i11 + c]! * tx;
        const wide = top * (1 - ty) + bottom * ty;
        fine.color[3 * i + c] = w * fine.color[3 * i + c]! + (1 - w) * wide;
      }
      fine.weight[i] = 1;
    }
  }
}
