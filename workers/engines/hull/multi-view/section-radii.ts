import { smoothStep } from '../single-view/smooth-step.ts';
import type { VolumeGrid } from '../volume-grid.ts';
import type { SectionProfile } from './section-profile.ts';

/** Heights of one part in two silhouettes agree up to the first and disagree from the second of these, in log2. */
const DISAGREEMENT = [1, 2] as const;
/** How deep a part is at most that the other silhouette does not show at its height, relative to its height. */
const DEPTH_PER_HEIGHT = 1.5;
/** Radius that every ray through covered cores has to reach. */
const REACHED_RADIUS = 0.6;

/**
 * Radii of the horizontal sections where both silhouettes show their core, in the superellipse norm: 0 in the middle
 * of a section and 1 on its outline; infinite elsewhere.
 *
 * A part is as high in one silhouette as in the other, unless something hides its ends. So where a high part of one
 * silhouette meets a low one of the other, such as the lens of a pair of glasses and the temple, or a shield and its
 * spikes, they are likely two parts that do not cross: the low one is then about as deep as high. Where that would
 * leave a ray of either silhouette empty the limit gives way.
 * @param exponent of the superellipse
 */
export function measureSectionRadii(
  front: SectionProfile,
  side: SectionProfile,
  exponent: number,
  { dims: [nx, ny, nz], spacing }: VolumeGrid,
): Float32Array {
  const radii = new Float32Array(nx * ny * nz).fill(Number.POSITIVE_INFINITY);
  const frontPower = front.squaredCoordinate.map((c) => c ** (exponent / 2));
  const sidePower = side.squaredCoordinate.map((c) => c ** (exponent / 2));
  const frontHeight = measureLogHeights(front);
  const sideHeight = measureLogHeights(side);
  const frontFromMiddle = measureFromMiddle(front.isCore, nx, spacing);
  const sideFromMiddle = measureFromMiddle(side.isCore, nz, spacing);
  const frontNearest = new Float32Array(nx * ny).fill(Number.POSITIVE_INFINITY);
  const sideNearest = new Float32Array(nz * ny).fill(Number.POSITIVE_INFINITY);
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const b = k + nz * j;
      if (!side.isCore[b]) continue;
      for (let i = 0; i < nx; i++) {
        const a = i + nx * j;
        if (!front.isCore[a]) continue;
        let u = frontPower[a]!;
        let w = sidePower[b]!;
        const excess = sideHeight[b]! - frontHeight[a]!;
        const disagreement = smoothStep(...DISAGREEMENT, Math.abs(excess));
        if (disagreement > 0 && excess > 0) {
          w = Math.max(
            w,
            ((2 * disagreement * sideFromMiddle[b]!) / (DEPTH_PER_HEIGHT * 2 ** frontHeight[a]!)) ** exponent,
          );
        } else if (disagreement > 0) {
          u = Math.max(
            u,
            ((2 * disagreement * frontFromMiddle[a]!) / (DEPTH_PER_HEIGHT * 2 ** sideHeight[b]!)) ** exponent,
          );
        }
        const radius = (u + w) ** (1 / exponent);
        radii[i + nx * (j + ny * k)] = radius;
        if (radius < frontNearest[a]!) frontNearest[a] = radius;
        if (radius < sideNearest[b]!) sideNearest[b] = radius;
      }
    }
  }
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const b = k + nz * j;
      for (let i = 0; i < nx; i++, at++) {
        const a = i + nx * j;
        const beyond = Math.max(frontNearest[a]!, sideNearest[b]!) - REACHED_RADIUS;
        if (radii[at] === Number.POSITIVE_INFINITY || beyond <= 0) continue;
        radii[at] = Math.max(radii[at]! - beyond, (frontPower[a]! + sidePower[b]!) ** (1 / exponent));
      }
    }
  }
  return radii;
}

/** Distance of each core sample to the middle of its own run of core samples along the row; world units. */
function measureFromMiddle(isCore: ArrayLike<number>, width: number, spacing: number): Float32Array {
  const distance = new Float32Array(isCore.length);
  for (let at = 0; at < isCore.length; ) {
    const rowEnd = at - (at % width) + width;
    let end = at;
    while (end < rowEnd && isCore[end]) end++;
    const middle = (at + end - 1) / 2;
    for (let i = at; i < end; i++) distance[i] = Math.abs(i - middle) * spacing;
    at = end + 1;
  }
  return distance;
}

/** Binary logarithm of the height of the part at each sample: of the covered run, and no less than its thickness. */
function measureLogHeights({ verticalRun, thickness }: SectionProfile): Float32Array {
  return verticalRun.map((run, i) => Math.log2(Math.max(run, thickness[i]!, 1e-6)));
}
