/**
 * Extends the colours of the covered pixels smoothly into the pixels with alpha 0, in place; alpha is not changed.
 * Push-pull: averages, weighted in favour of full coverage, are pushed up a pyramid until every pixel is known, then pulled back down,
 * so that colours near the rim are the rim's and those far away a wide mean. O(pixels).
 * A picture without any coverage is left as it is.
 * @see Gortler et al., The Lumigraph, SIGGRAPH 1996, section 3.4.
 */
export function extendColors(pixels: Uint8Array, width: number, height: number): void {
  const levels = [reducePixels(pixels, width, height)];
  for (let level = levels[0]!; level.width > 1 || level.height > 1; ) {
    level = reduce(level);
    levels.push(level);
  }
  if (levels[levels.length - 1]!.color[3] === 0) return;
  for (let i = levels.length - 2; i >= 0; i--) fillLevel(levels[i]!, levels[i + 1]!);
  fillPixels(pixels, width, height, levels[0]!);
}

/** One level of the pyramid: mean colour, 0 to 255, and confidence, 0 to 1, as 4 values per pixel. */
interface Level {
  width: number;
  height: number;
  color: Float32Array;
}

function emptyHalf(width: number, height: number): Level {
  const [halfWidth, halfHeight] = [(width + 1) >> 1, (height + 1) >> 1];
  return { width: halfWidth, height: halfHeight, color: new Float32Array(4 * halfWidth * halfHeight) };
}

function reducePixels(pixels: Uint8Array, width: number, height: number): Level {
  const coarse = emptyHalf(width, height);
  for (let y = 0; y < height; y++) {
    const row = (y >> 1) * coarse.width;
    for (let x = 0; x < width; x++) {
      const j = 4 * (y * width + x);
      // Faint pixels are the least sure of their colour: they count where there is nothing better near.
      const w = (pixels[j + 3]! / 255) ** 4;
      if (w > 0) accumulate(coarse.color, 4 * (row + (x >> 1)), pixels, j, w);
    }
  }
  return normalize(coarse);
}

function reduce(fine: Level): Level {
  const coarse = emptyHalf(fine.width, fine.height);
  for (let y = 0; y < fine.height; y++) {
    const row = (y >> 1) * coarse.width;
    for (let x = 0; x < fine.width; x++) {
      const j = 4 * (y * fine.width + x);
      const w = fine.color[j + 3]!;
      if (w > 0) accumulate(coarse.color, 4 * (row + (x >> 1)), fine.color, j, w);
    }
  }
  return normalize(coarse);
}

function accumulate(sums: Float32Array, at: number, color: ArrayLike<number>, from: number, weight: number): void {
  sums[at] = sums[at]! + weight * color[from]!;
  sums[at + 1] = sums[at + 1]! + weight * color[from + 1]!;
  sums[at + 2] = sums[at + 2]! + weight * color[from + 2]!;
  sums[at + 3] = sums[at + 3]! + weight;
}

/** Divides the sums by their weights. A pixel is fully trusted once its children add up to one full pixel. */
function normalize(level: Level): Level {
  const { color } = level;
  for (let i = 0; i < color.length; i += 4) {
    const weight = color[i + 3]!;
    if (weight === 0) continue;
    color[i] = color[i]! / weight;
    color[i + 1] = color[i + 1]! / weight;
    color[i + 2] = color[i + 2]! / weight;
    color[i + 3] = Math.min(1, weight);
  }
  return level;
}

/** Blends the enlarged coarse colours into the pixels of `fine` as far as those are not trusted. */
function fillLevel(fine: Level, coarse: Level): void {
  const wide = new Float32Array(3);
  for (let y = 0; y < fine.height; y++) {
    for (let x = 0; x < fine.width; x++) {
      const i = 4 * (y * fine.width + x);
      const w = fine.color[i + 3]!;
      if (w >= 1) continue;
      sampleCoarse(coarse, x, y, wide);
      for (let c = 0; c < 3; c++) fine.color[i + c] = w * fine.color[i + c]! + (1 - w) * wide[c]!;
      fine.color[i + 3] = 1;
    }
  }
}

function fillPixels(pixels: Uint8Array, width: number, height: number, coarse: Level): void {
  const wide = new Float32Array(3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = 4 * (y * width + x);
      if (pixels[i + 3] !== 0) continue;
      sampleCoarse(coarse, x, y, wide);
      pixels[i] = wide[0]! + 0.5;
      pixels[i + 1] = wide[1]! + 0.5;
      pixels[i + 2] = wide[2]! + 0.5;
    }
  }
}

/** The colour of a level of half the size at pixel (x, y) of the finer one, bilinear. */
function sampleCoarse({ width, height, color }: Level, x: number, y: number, out: Float32Array): void {
  // The nearer of the two coarse pixels along an axis has weight 3/4, the farther, on the side of the pixel, 1/4.
  const nearX = x >> 1;
  const nearY = y >> 1;
  const farX = Math.min(width - 1, Math.max(0, nearX + ((x & 1) === 0 ? -1 : 1)));
  const farY = Math.min(height - 1, Math.max(0, nearY + ((y & 1) === 0 ? -1 : 1)));
  const i = 4 * (nearY * width + nearX);
  const iX = 4 * (nearY * width + farX);
  const iY = 4 * (farY * width + nearX);
  const iXY = 4 * (farY * width + farX);
  out[0] = (9 * color[i]! + 3 * (color[iX]! + color[iY]!) + color[iXY]!) / 16;
  out[1] = (9 * color[i + 1]! + 3 * (color[iX + 1]! + color[iY + 1]!) + color[iXY + 1]!) / 16;
  out[2] = (9 * color[i + 2]! + 3 * (color[iX + 2]! + color[iY + 2]!) + color[iXY + 2]!) / 16;
}
