import type { PreparedView } from '../../../imaging/prepared-view.ts';
import { SRGB_TO_LINEAR } from '../../../texture/srgb.ts';
import { type ReliefGrid, sampleMap } from './relief-grid.ts';

/** Keeps the logarithm of black pixels finite; a few steps of an 8-bit picture above black. */
const BLACK = 0.004;

/**
 * Natural logarithm of the linear luminance on the samples of the relief grid, as seen from the front: a picture of
 * the back is mirrored. Ratios of light become differences, whatever the colour of the surface. Outside of the object
 * it continues the extended colours of the prepared view.
 */
export function sampleLogLuminance(view: PreparedView, grid: ReliefGrid): Float32Array {
  const { width, height, pixels } = view.image;
  const { camera } = view;
  const pixelSize = (2 * camera.halfWidth) / width;
  const luminance = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = (height - 1 - y) * width;
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      luminance[row + x] =
        0.2126 * SRGB_TO_LINEAR[pixels[at]!]! +
        0.7152 * SRGB_TO_LINEAR[pixels[at + 1]!]! +
        0.0722 * SRGB_TO_LINEAR[pixels[at + 2]!]!;
    }
  }
  const half = camera.halfWidth - pixelSize / 2;
  const picture: ReliefGrid = { width, height, x0: -half, y0: pixelSize / 2 - camera.halfHeight, spacing: pixelSize };
  const result = new Float32Array(grid.width * grid.height);
  for (let j = 0; j < grid.height; j++) {
    const y = grid.y0 + grid.spacing * j;
    for (let i = 0; i < grid.width; i++) {
      const x = (grid.x0 + grid.spacing * i) * camera.right[0];
      result[i + grid.width * j] = Math.log(BLACK + sampleMap(luminance, picture, x, y));
    }
  }
  return result;
}
