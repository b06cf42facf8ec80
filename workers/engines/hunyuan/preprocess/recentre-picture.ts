import { AppError } from '../../../../src/errors.ts';
import type { ImageRgba } from '../../../imaging/prepared-view.ts';
import { resizeArea } from './resample-opencv.ts';
import type { Raster } from './resample-separable.ts';

/** A square picture of the object alone on white, and how much of each pixel the object covers. */
export interface RecentredPicture {
  size: number;
  /** `3 * size * size` bytes, channels interleaved. */
  rgb: Uint8Array;
  /** `size * size` bytes. */
  mask: Uint8Array;
}

/**
 * Cuts the object out, scales it so that its longer side takes `1 - borderRatio` of a square as wide as the longer
 * side of the picture, centres it there and lays it on white.
 *
 * The networks were trained on pictures made in exactly this way, oddities included: the box is that of all alpha
 * above 0, its last row and column are lost, colour is not weighted by alpha when it is resized, and compositing
 * truncates.
 * @param image straight alpha; colours under alpha 0 may show in the rim
 * @throws {AppError} `image.no_object` where the covered box is not at least two pixels wide and high
 */
export function recentrePicture(image: ImageRgba, borderRatio: number): RecentredPicture {
  const crop = cropToObject(image);
  const size = Math.max(image.width, image.height);
  const scale = Math.trunc(size * (1 - borderRatio)) / Math.max(crop.width, crop.height);
  // A line, one pixel wide, must not vanish when it is reduced.
  const width = Math.max(1, Math.trunc(crop.width * scale));
  const height = Math.max(1, Math.trunc(crop.height * scale));
  return compositeOnWhite(resizeArea(crop, width, height), size);
}

function cropToObject({ width, height, pixels }: ImageRgba): Raster<Uint8Array> {
  let [minX, minY, maxX, maxY] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[4 * (y * width + x) + 3] === 0) continue;
      if (x < minX) minX = x;
      if (x > maxX) maxX = x;
      if (y < minY) minY = y;
      maxY = y;
    }
  }
  const [cropWidth, cropHeight] = [maxX - minX, maxY - minY];
  if (cropWidth <= 0 || cropHeight <= 0) {
    throw new AppError(
      'image.no_object',
      `The picture of ${width} x ${height} pixels shows no object: expected at least two columns and rows that are ` +
        `not fully transparent, got ${Math.max(0, cropWidth + 1)} x ${Math.max(0, cropHeight + 1)}.`,
    );
  }
  const data = new Uint8Array(4 * cropWidth * cropHeight);
  for (let y = 0; y < cropHeight; y++) {
    const from = 4 * ((minY + y) * width + minX);
    data.set(pixels.subarray(from, from + 4 * cropWidth), 4 * cropWidth * y);
  }
  return { width: cropWidth, height: cropHeight, channels: 4, data };
}

function compositeOnWhite(object: Raster<Uint8ClampedArray>, size: number): RecentredPicture {
  const rgb = new Uint8Array(3 * size * size).fill(255);
  const mask = new Uint8Array(size * size);
  const left = Math.floor((size - object.width) / 2);
  const top = Math.floor((size - object.height) / 2);
  for (let y = 0; y < object.height; y++) {
    for (let x = 0; x < object.width; x++) {
      const from = 4 * (y * object.width + x);
      const to = (top + y) * size + left + x;
      const level = object.data[from + 3]!;
      const alpha = Math.fround(level / 255);
      const white = Math.fround(255 * Math.fround(1 - alpha));
      mask[to] = level;
      // In 32-bit steps, since truncation tells 254.99999 from 255.
      for (let c = 0; c < 3; c++) {
        rgb[3 * to + c] = Math.min(255, Math.fround(Math.fround(object.data[from + c]! * alpha) + white));
      }
    }
  }
  return { size, rgb, mask };
}
