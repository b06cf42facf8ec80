import type { VolumeGrid } from '../volume-grid.ts';
import type { BodyKind } from './judge-body.ts';
import type { SectionProfile } from './section-profile.ts';
import { measureSectionRadii } from './section-radii.ts';

/** Exponent of the superellipse that sections of round bodies follow; slightly fuller than an ellipse. */
const ROUND_EXPONENT = 2.1;
/** What boxes add to it. */
const BOX_EXPONENT = 10;
/** A part that is thin from the side is a sheet as wide as this share of its height, or else a rod. */
const SHEET_WIDTH = 0.4;
/** Values farther outside than this, in samples, say nothing and would slow the smoothing. */
const FAR_SAMPLES = 4;

/**
 * The field of a body whose horizontal sections are rounded, positive inside and nowhere beyond the visual hull.
 *
 * Where both silhouettes show their core the section is a superellipse in their coordinates. What is thin in one
 * silhouette is a round rod, or seen from the side an upright sheet, through the middle of the other one's core.
 * @param front profile of the silhouette over x and y
 * @param side profile of the silhouette over z and y
 */
export function composeSections(
  front: SectionProfile,
  side: SectionProfile,
  { boxiness }: BodyKind,
  grid: VolumeGrid,
): Float32Array {
  const [nx, ny, nz] = grid.dims;
  const { origin, spacing } = grid;
  const exponent = ROUND_EXPONENT + BOX_EXPONENT * boxiness * boxiness;
  const farthest = -FAR_SAMPLES * spacing;
  const radii = measureSectionRadii(front, side, exponent, grid);
  const values = new Float32Array(nx * ny * nz);
  let at = 0;
  for (let k = 0; k < nz; k++) {
    const z = origin[2] + spacing * k;
    for (let j = 0; j < ny; j++) {
      const b = k + nz * j;
      const sideDistance = side.distances[b]!;
      for (let i = 0; i < nx; i++, at++) {
        const a = i + nx * j;
        const hull = Math.min(front.distances[a]!, sideDistance);
        if (hull <= 0) {
          values[at] = Math.max(hull, farthest);
          continue;
        }
        let inside = farthest;
        if (front.isCore[a] && side.isCore[b]) {
          inside = Math.max(inside, (1 - radii[at]!) * Math.min(front.coreHalf[a]!, side.coreHalf[b]!));
        }
        if (!front.isCore[a]) inside = Math.max(inside, rodDistance(front, a, z - side.middle[j]!));
        if (!side.isCore[b]) {
          const x = origin[0] + spacing * i;
          const thickness = side.thickness[b]!;
          const halfWidth = Math.max(thickness, SHEET_WIDTH * side.verticalRun[b]!);
          inside = Math.max(inside, rodDistance(side, b, ((x - front.middle[j]!) * thickness) / halfWidth));
        }
        values[at] = Math.min(hull, inside);
      }
    }
  }
  return values;
}

/** Distance into a round rod that looks like the silhouette at `at`, `offset` away from its middle plane. */
function rodDistance({ thickness, distances }: SectionProfile, at: number, offset: number): number {
  const radius = thickness[at]!;
  const fromAxis = radius - Math.min(radius, distances[at]!);
  return radius - Math.hypot(fromAxis, offset);
}
