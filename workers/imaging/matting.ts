import type { ImageRgba } from './prepared-view.ts';

/** A way to tell an object from its surroundings in a picture without a usable alpha channel. */
export interface Matting {
  /** As reported: `plain`, `grabcut`, or the name of a network. */
  readonly name: string;
  /**
   * @returns coverage of the object, 0 to 1, one value per pixel, rows from the top; all 0 where it finds none.
   */
  matte(image: ImageRgba): Promise<Float32Array>;
}
