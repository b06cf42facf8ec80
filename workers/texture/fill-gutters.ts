import type { ImageRgb8 } from './image-rgb8.ts';

/**
 * Gives every texel without a surface the colour of those around it, in place, so that filtering and mip maps never
 * pull in a foreign colour: averages go up a pyramid until each texel is known, then back down (push-pull). O(texels).
 * An image without any known texel is left as it is.
 * @param known non-zero per texel where the image holds a colour
 * @see Gortler et al., The Lumigraph, SIGGRAPH 1996, section 3.4.
 */
export function fillGutters(image: ImageRgb8, known: Uint8Array): void {
  if (!known.includes(0)) return;
  const { width, height, pixels } = image;
  if (width <= 1 && height <= 1) return;
  const coarseWidth = (width + 1) >> 1;
  const coarseHeight = (height + 1) >> 1;
  const coarse: ImageRgb8 = {
    width: coarseWidth,
    height: coarseHeight,
    pixels: new Uint8Array(3 * coarseWidth * coarseHeight),
  };
  const coarseKnown = new Uint8Array(coarseWidth * coarseHeight);
  let any = false;
  for (let y = 0; y < coarseHeight; y++) {
    const yEnd = Math.min(height, 2 * y + 2);
    for (let x = 0; x < coarseWidth; x++) {
      const xEnd = Math.min(width, 2 * x + 2);
      let count = 0;
      let r = 0;
      let g = 0;
      let b = 0;
      for (let j = 2 * y; j < yEnd; j++) {
        for (let i = 2 * x; i < xEnd; i++) {
          const from = j * width + i;
          if (known[from] === 0) continue;
          count++;
          r += pixels[3 * from]!;
          g += pixels[3 * from + 1]!;
          b += pixels[3 * from + 2]!;
        }
      }
      if (count === 0) continue;
      any = true;
      const to = y * coarseWidth + x;
      coarseKnown[to] = 1;
      coarse.pixels[3 * to] = Math.round(r / count);
      coarse.pixels[3 * to + 1] = Math.round(g / count);
      coarse.pixels[3 * to + 2] = Math.round(b / count);
    }
  }
  if (!any) return;
  fillGutters(coarse, coarseKnown);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = y * width + x;
      if (known[to] !== 0) continue;
      const from = 3 * ((y >> 1) * coarseWidth + (x >> 1));
      pixels[3 * to] = coarse.pixels[from]!;
      pixels[3 * to + 1] = coarse.pixels[from + 1]!;
      pixels[3 * to + 2] = coarse.pixels[from + 2]!;
    }
  }
}
