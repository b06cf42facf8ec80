import { resampleSeparable } from './resample-separable.ts';
import { linearTaps } from './resample-taps.ts';

/** Mean and standard deviation of red, green and blue that the encoder was trained with. */
const CHANNEL_MEAN = [0.485, 0.456, 0.406] as const;
const CHANNEL_STD = [0.229, 0.224, 0.225] as const;

/**
 * The input of the image encoder: a processed picture brought to the encoder's size (bilinear, antialiased when it
 * shrinks) and normalised per channel. Processed pictures are square, so there is nothing left to crop.
 * @param picture `[3, size, size]` in [-1, 1], as from `processPicture`
 * @returns `[3, encoderSize, encoderSize]`
 */
export function encoderPixels(picture: Float32Array, size: number, encoderSize: number): Float32Array {
  if (picture.length !== 3 * size * size) {
    throw new RangeError(`encoder pixels: expected 3 x ${size} x ${size} values, got ${picture.length}`);
  }
  const taps = linearTaps(size, encoderSize);
  const planeSize = encoderSize ** 2;
  const pixels = new Float32Array(3 * planeSize);
  for (let c = 0; c < 3; c++) {
    const plane = picture.subarray(c * size * size, (c + 1) * size * size);
    const { data } = resampleSeparable({ width: size, height: size, channels: 1, data: plane }, taps, taps);
    const [mean, std] = [CHANNEL_MEAN[c]!, CHANNEL_STD[c]!];
    // The kernel's weights add up to 1, so the change of range may follow it.
    for (let i = 0; i < planeSize; i++) pixels[c * planeSize + i] = ((data[i]! + 1) / 2 - mean) / std;
  }
  return pixels;
}
