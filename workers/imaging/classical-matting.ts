import { fitBackground } from './background-model.ts';
import { toOklab } from './color-space.ts';
import { mattePlain } from './plain-matte.ts';
import type { ImageRgba } from './prepared-view.ts';

/** Roughness, as a distance in OKLab, up to which a background counts as plain. */
const MAX_PLAIN_NOISE = 0.03;
/** Share of the border that a plain background must cover; the rest may be the object. */
const MIN_PLAIN_BORDER = 0.6;

/** Coverage, 0 to 1, of the object in an opaque picture, by colour alone, and the method that found it. */
export function matteClassically(image: ImageRgba): { coverage: Float32Array; method: string } {
  const lab = toOklab(image.pixels, image.width, image.height);
  const model = fitBackground(lab);
  if (model.noise <= MAX_PLAIN_NOISE && model.borderShare >= MIN_PLAIN_BORDER) {
    return { coverage: mattePlain(image, lab, model), method: 'plain' };
  }
  return { coverage: mattePlain(image, lab, model), method: 'plain' };
}
