import { NO_FEATURE, transformSquaredDistance2d } from '../../../geometry/distance-transform.ts';
import type { ReliefGrid } from './relief-grid.ts';
import { blurMap, extendMap } from './smooth-map.ts';

/** Closer to the rim, in samples, the radius cannot be told. */
const STEADY_SAMPLES = 1.5;

/**
 * How wide the shape is around each sample: the radius of the inscribed disc that reaches farthest over the sample,
 * so that `2 * radius * distance - distance^2` is the squared height of the union of balls over all inscribed discs.
 *
 * The union is a lower envelope of parabolas: max over q of distance(q)^2 - |p - q|^2 is one squared distance
 * transform. From its value u and the distance d follows the radius (u + d^2) / 2d, which is exact where one ball
 * covers the sample. Close to the rim the quotient is unsteady, there and outside it is extended from within.
 * @param distance signed distance to the silhouette, positive inside
 * @returns a new map, at least `distance` everywhere and never below a tenth of a sample's spacing
 */
export function measureLocalRadius(distance: Float32Array, grid: ReliefGrid): Float32Array {
  const { width, height, spacing } = grid;
  const heights = new Float32Array(distance.length).fill(NO_FEATURE);
  for (let i = 0; i < heights.length; i++) if (distance[i]! > 0) heights[i] = -((distance[i]! / spacing) ** 2);
  transformSquaredDistance2d(heights, width, height);
  const radius = new Float32Array(distance.length);
  const steady = new Uint8Array(distance.length);
  for (let i = 0; i < radius.length; i++) {
    const d = distance[i]! / spacing;
    if (d <= 0) continue;
    radius[i] = ((Math.max(d * d, -heights[i]!) + d * d) / (2 * d)) * spacing;
    steady[i] = d > STEADY_SAMPLES ? 1 : 0;
  }
  // Where a part is so thin that none of it is steady there is nothing better to extend.
  const nearSteady = blurMap(Float32Array.from(steady), grid, Math.ceil(2 * STEADY_SAMPLES), 1);
  for (let i = 0; i < steady.length; i++) if (distance[i]! > 0 && nearSteady[i] === 0) steady[i] = 1;
  const extended = blurMap(extendMap(radius, steady, grid), grid, 2);
  for (let i = 0; i < extended.length; i++) extended[i] = Math.max(extended[i]!, distance[i]!, 0.1 * spacing);
  return extended;
}

/** Squared height of a round tube or ball of the given radius at a distance from its rim; negative outside. */
export function roundHeightSquared(radius: number, distance: number): number {
  return 2 * radius * distance - distance * distance;
}
