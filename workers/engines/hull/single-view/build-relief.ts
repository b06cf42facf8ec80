import type { PreparedView } from '../../../imaging/prepared-view.ts';
import { mergeSilhouettes, sampleSilhouette } from '../silhouette-map.ts';
import { chooseProfile, type Profile, selectJudged } from './choose-profile.ts';
import { continueBeyondEnds } from './end-caps.ts';
import { chooseFlatHalfDepth } from './flat-depth.ts';
import { measureLocalRadius, roundHeightSquared } from './local-radius.ts';
import { sampleLogLuminance } from './picture-luminance.ts';
import { createReliefGrid, type ReliefGrid } from './relief-grid.ts';
import { blurMap, extendMap } from './smooth-map.ts';

/**
 * Front and back of the object above its middle plane z = 0, per sample of a grid seen from the front.
 *
 * The squared height of a side is the round part 2 * radius * distance - distance^2, which falls to zero on the
 * outline as on a ball, plus an excess that may remain on the outline and there makes an edge: the wall of a box, the
 * flat end of a cylinder.
 */
export interface Relief {
  grid: ReliefGrid;
  /** Signed distance to the outline, positive inside. */
  distance: Float32Array;
  /** Radius of the part, also outside. */
  radius: Float32Array;
  frontExcess: Float32Array;
  backExcess: Float32Array;
}

/** @param views the front picture and, where there is one, the back picture */
export function buildRelief(views: readonly PreparedView[]): Relief {
  const grid = createReliefGrid(views);
  const plane = { dims: [grid.width, grid.height, 1], origin: [grid.x0, grid.y0, 0], spacing: grid.spacing } as const;
  const silhouette = mergeSilhouettes(views.map((view) => sampleSilhouette(view, plane)));
  if (!silhouette) throw new Error('expected a picture of the front');
  const distance = silhouette.distances;
  const radius = measureLocalRadius(distance, grid);
  const round = distance.map((d, i) => roundHeightSquared(radius[i]!, d));
  const upright = measureUprightHeights(distance, round, grid);
  const judged = selectJudged(distance, radius, grid);
  const profiles = views.map((view) =>
    chooseProfile(round, upright, sampleLogLuminance(view, grid), distance, radius, judged, grid),
  );
  const [front, back = front] = profiles;
  if (!front || !back) throw new Error('expected a picture of the front');
  // One body has one kind of end, but its front may be flat while its back is not.
  const uprightShare = (front.upright + back.upright) / 2;
  const { slab, box, stands } = chooseFlatHalfDepth(distance, grid);
  const excess = ({ flat }: Profile) => {
    const sum = new Float32Array(distance.length);
    for (let i = 0; i < sum.length; i++) {
      const thin = Math.min(slab, radius[i]!);
      const flatHeight = (thin + (Math.max(box, thin) - thin) * stands) ** 2;
      const standing = round[i]! + uprightShare * (upright[i]! - round[i]!);
      sum[i] = standing + flat * (flatHeight - standing) - round[i]!;
    }
    return extendExcess(sum, distance, grid);
  };
  const frontExcess = excess(front);
  return { grid, distance, radius, frontExcess, backExcess: back === front ? frontExcess : excess(back) };
}

/** Squared heights of the shape with flat upper and lower ends; nowhere below the round ones. */
function measureUprightHeights(distance: Float32Array, round: Float32Array, grid: ReliefGrid): Float32Array {
  const continued = continueBeyondEnds(distance, grid);
  const radius = measureLocalRadius(continued, grid);
  return round.map((u, i) => (distance[i]! > 0 ? Math.max(u, roundHeightSquared(radius[i]!, continued[i]!)) : u));
}

/** Within this many samples of the outline heights suffer from the grid. */
const UNSTEADY_SAMPLES = 1.5;

/** Takes the excess near the outline and outside from within, and smooths it. */
function extendExcess(excess: Float32Array, distance: Float32Array, grid: ReliefGrid): Float32Array {
  const steady = Uint8Array.from(distance, (d) => (d > UNSTEADY_SAMPLES * grid.spacing ? 1 : 0));
  return blurMap(extendMap(excess, steady, grid), grid, 1);
}
