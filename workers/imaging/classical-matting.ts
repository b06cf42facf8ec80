import { fitBackground } from './background-model.ts';
import { toOklab } from './color-space.ts';
import { borderPixels } from './connected-components.ts';
import { mattePlain } from './plain-matte.ts';
import type { ImageRgba } from './prepared-view.ts';
import { matteScene } from './scene-matte.ts';

/** Roughness, as a distance in OKLab, up to which a background counts as plain. */
const MAX_PLAIN_NOISE = 0.02;
/** Share of the border that a plain background must cover; the rest may be the object. */
const MIN_PLAIN_BORDER = 0.65;
/** Corners, of four, that a plain background must show in. */
const MIN_OPEN_CORNERS = 3;

/**
 * Coverage, 0 to 1, of the object in an opaque picture, by its colours alone, and the method that found it: `plain`
 * where the background is one smooth field of colour, `grabcut` for everything else.
 */
export function matteClassically(image: ImageRgba): { coverage: Float32Array; method: string } {
  const { width, height } = image;
  const lab = toOklab(image.pixels, width, height);
  const model = fitBackground(lab);
  const isPlain =
    model.noise <= MAX_PLAIN_NOISE && model.borderShare >= MIN_PLAIN_BORDER && model.openCorners >= MIN_OPEN_CORNERS;
  if (isPlain) {
    const coverage = mattePlain(image, lab, model);
    const border = borderPixels(width, height);
    const covered = border.filter((p) => coverage[p]! >= 0.5).length;
    if (covered <= (1 - MIN_PLAIN_BORDER) * border.length) return { coverage, method: 'plain' };
  }
  return { coverage: matteScene(lab), method: 'grabcut' };
}
