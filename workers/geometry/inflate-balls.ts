import { createDistanceLine, NO_FEATURE, transformDistanceLine } from './distance-transform.ts';

/**
 * Squared height of the union of balls that are centred in the plane and touch the outline from inside: max over q of
 * D(q)^2 - |p - q|^2 for the distance D to the outline. A disc becomes a ball, a strip a cylinder, and every outline
 * its thickness where all parts are as deep as they are wide.
 * @param distances signed distance to the outline, positive inside, in samples; `width * height`, x fastest
 * @returns squared heights in samples, 0 outside
 * @see Felzenszwalb and Huttenlocher 2012 for the lower envelope that makes it linear.
 */
export function inflateBallsSquared(distances: Float32Array, width: number, height: number): Float32Array {
  const squared = new Float32Array(distances.length);
  for (let i = 0; i < squared.length; i++) {
    const d = distances[i]!;
    squared[i] = d > 0 ? -d * d : NO_FEATURE;
  }
  const line = createDistanceLine(Math.max(width, height));
  for (let x = 0; x < width; x++) transformDistanceLine(squared, x, width, height, line);
  for (let y = 0; y < height; y++) transformDistanceLine(squared, y * width, 1, width, line);
  for (let i = 0; i < squared.length; i++) squared[i] = distances[i]! > 0 ? Math.max(0, -squared[i]!) : 0;
  return squared;
}
