import { fitBackground } from './background-model.ts';
import { toOklab } from './color-space.ts';
import { mattePlain } from './plain-matte.ts';
import type { ImageRgba } from './prepared-view.ts';
import { matteScene } from './scene-matte.ts';

/** Roughness, as a distance in OKLab, up to which a background counts as plain. */
const MAX_PLAIN_NOISE = 0.02;
/** Share of the border that a plain background must cover; the rest may be the object. */
const MIN_PLAIN_BORDER = 0.65;
/** Corners, of four, that a plain background must show in. */
const MIN_OPEN_CORNERS = 3;
/** Share of each of two opposite sides of the picture that an object does not cover. */
const SPANNING_SHARE = 0.03;

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
    if (!spansPicture(coverage, width, height)) return { coverage, method: 'plain' };
  }
  return { coverage: matteScene(lab), method: 'grabcut' };
}

/**
 * Whether the coverage reaches two opposite sides of the picture: then it is not an object but a second part of
 * the background, as the floor is below a plain wall.
 */
function spansPicture(coverage: Float32Array, width: number, height: number): boolean {
  const coveredShare = (start: number, stride: number, length: number): number => {
    let covered = 0;
    for (let k = 0; k < length; k++) if (coverage[start + k * stride]! >= 0.5) covered++;
    return covered / length;
  };
  const top = coveredShare(0, 1, width);
  const bottom = coveredShare((height - 1) * width, 1, width);
  const left = coveredShare(0, width, height);
  const right = coveredShare(width - 1, width, height);
  return Math.max(Math.min(top, bottom), Math.min(left, right)) > SPANNING_SHARE;
}
