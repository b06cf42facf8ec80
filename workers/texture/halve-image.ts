import type { ImageRgb8 } from './image-rgb8.ts';

/** Half as wide and high: the mean of 2 x 2 blocks; an odd last row or column is dropped. */
export function halveImage(image: ImageRgb8): ImageRgb8 {
  const width = Math.max(1, image.width >> 1);
  const height = Math.max(1, image.height >> 1);
  const src = image.pixels;
  const pixels = new Uint8Array(3 * width * height);
  const right = image.width > 1 ? 3 : 0;
  const below = image.height > 1 ? 3 * image.width : 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (2 * y * image.width + 2 * x);
      const to = 3 * (y * width + x);
      for (let k = from; k < from + 3; k++) {
        pixels[to + k - from] = (src[k]! + src[k + right]! + src[k + below]! + src[k + right + below]! + 2) >> 2;
      }
    }
  }
  return { width, height, pixels };
}
