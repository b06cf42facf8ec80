import { inflateBallsSquared } from '../../../geometry/inflate-balls.ts';
import type { SilhouetteMap } from '../silhouette-map.ts';
import { measureLocalThickness } from './local-thickness.ts';

/**
 * What a silhouette tells of the horizontal sections, row by row; indexed as its map, lengths in world units.
 *
 * The core of a row is what is about as thick as the row's thickest part. The rest, such as handles, arms, tails and
 * capes, is thin: the other silhouettes usually hide how deep it is, so it must not become as deep as the core.
 */
export interface SectionProfile {
  /** Signed distance to the outline. */
  distances: Float32Array;
  /** Radius of the largest inscribed disc that covers the sample. */
  thickness: Float32Array;
  /** 1 on the core. */
  isCore: Uint8Array;
  /** On the core: squared coordinate across the part, 0 in its middle and 1 on its outline; elsewhere 1. */
  squaredCoordinate: Float32Array;
  /** On the core: half the width of the run of core samples. */
  coreHalf: Float32Array;
  /** Middle of the row's core, world coordinate; NaN in empty rows. */
  middle: Float32Array;
  /** Height of the vertical run of covered samples. */
  verticalRun: Float32Array;
}

export interface SectionOptions {
  spacing: number;
  /** World coordinate of lateral sample 0. */
  origin: number;
  /** As in `BodyKind`: from coordinates that follow the inscribed balls to those that follow the row. */
  upright: number;
  /** Thickness, as a share of the row's largest, from which a sample belongs to the core; 0 makes everything core. */
  coreShare: number;
}

export function measureSectionProfile(map: SilhouetteMap, options: SectionOptions): SectionProfile {
  const { width, height, distances } = map;
  const { spacing } = options;
  const inSamples = distances.map((d) => d / spacing);
  const profile: SectionProfile = {
    distances,
    thickness: measureLocalThickness(inSamples, width, height).map((t) => t * spacing),
    isCore: new Uint8Array(distances.length),
    squaredCoordinate: new Float32Array(distances.length).fill(1),
    coreHalf: new Float32Array(distances.length),
    middle: new Float32Array(height).fill(Number.NaN),
    verticalRun: measureVerticalRuns(distances, width, height, spacing),
  };
  const inflated = inflateBallsSquared(inSamples, width, height);
  for (let j = 0; j < height; j++) measureRow(profile, inflated, j, width, options);
  return profile;
}

function measureRow(
  { distances, thickness, isCore, squaredCoordinate, coreHalf, middle }: SectionProfile,
  inflated: Float32Array,
  j: number,
  width: number,
  { spacing, origin, upright, coreShare }: SectionOptions,
): void {
  const row = j * width;
  let thickest = 0;
  let highest = 0;
  for (let i = row; i < row + width; i++) {
    thickest = Math.max(thickest, thickness[i]!);
    highest = Math.max(highest, inflated[i]!);
  }
  if (thickest === 0) return;
  for (let i = row; i < row + width; i++) {
    isCore[i] = thickness[i]! > 0 && thickness[i]! >= coreShare * thickest ? 1 : 0;
  }
  let [low, high] = [width, 0];
  for (let i = 0; i < width; i++) {
    if (!isCore[row + i]) continue;
    let end = i;
    while (end < width && isCore[row + end]) end++;
    const start = i - edgeOffset(distances, row, i, i - 1, width);
    const stop = end - 1 + edgeOffset(distances, row, end - 1, end, width);
    const half = (stop - start) / 2;
    for (let k = i; k < end; k++) {
      const across = (k - (start + stop) / 2) / half;
      const ball = 1 - inflated[row + k]! / highest;
      squaredCoordinate[row + k] = upright * across * across + (1 - upright) * ball;
      coreHalf[row + k] = half * spacing;
    }
    low = Math.min(low, start);
    high = Math.max(high, stop);
    i = end;
  }
  middle[j] = origin + (spacing * (low + high)) / 2;
}

/** How far beyond the last core sample its part ends: at the outline, or halfway to a thin part. */
function edgeOffset(distances: Float32Array, row: number, inner: number, outer: number, width: number): number {
  if (outer < 0 || outer >= width || distances[row + outer]! >= 0) return 0.5;
  return distances[row + inner]! / (distances[row + inner]! - distances[row + outer]!);
}

function measureVerticalRuns(distances: Float32Array, width: number, height: number, spacing: number): Float32Array {
  const runs = new Float32Array(distances.length);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < height; j++) {
      let end = j;
      while (end < height && distances[i + width * end]! > 0) end++;
      for (let k = j; k < end; k++) runs[i + width * k] = (end - j) * spacing;
      j = end;
    }
  }
  return runs;
}
