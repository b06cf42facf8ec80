import type { ImageRgba } from '../../../imaging/prepared-view.ts';
import { recentrePicture } from './recentre-picture.ts';
import { resizeCubic } from './resample-opencv.ts';

export interface ProcessOptions {
  /** Side of the result in pixels. */
  size: number;
  /** Share of the side that stays free around the object, both borders together. */
  borderRatio: number;
}

/**
 * The picture as the image encoder's preprocessing expects it: the object recentred on white (`recentrePicture`),
 * `[3, size, size]` in RGB, rows from the top, values in [-1, 1].
 * @param image straight alpha, its coverage of the object; sRGB
 * @throws {AppError} `image.no_object` where nothing is opaque enough to be seen
 */
export function processPicture(image: ImageRgba, options: ProcessOptions): Float32Array {
  const rgb = processPictureToBytes(image, options);
  const planeSize = options.size ** 2;
  const planes = new Float32Array(3 * planeSize);
  for (let i = 0; i < planeSize; i++) {
    for (let c = 0; c < 3; c++) planes[c * planeSize + i] = (rgb[3 * i + c]! / 255) * 2 - 1;
  }
  return planes;
}

/** The same as bytes, `[size, size, 3]`. */
export function processPictureToBytes(image: ImageRgba, { size, borderRatio }: ProcessOptions): Uint8ClampedArray {
  const { size: side, rgb } = recentrePicture(image, borderRatio);
  return resizeCubic({ width: side, height: side, channels: 3, data: rgb }, size, size).data;
}
