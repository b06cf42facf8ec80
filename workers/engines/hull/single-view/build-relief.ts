import type { PreparedView } from '../../../imaging/prepared-view.ts';
import { mergeSilhouettes, sampleSilhouette } from '../silhouette-map.ts';
import { chooseDepth } from './choose-depth.ts';
import { chooseProfile, type Profile, selectJudged } from './choose-profile.ts';
import { continueBeyondEnds } from './end-caps.ts';
import { measureLocalRadius, roundHeightSquared } from './local-radius.ts';
import { measureProportions } from './measure-proportions.ts';
import { sampleLogLuminance } from './picture-luminance.ts';
import { createReliefGrid, type ReliefGrid } from './relief-grid.ts';
import { blurMap, extendMap } from './smooth-map.ts';
import { smoothStep } from './smooth-step.ts';

/**
 * One side of the object above the plane z = 0: the squared height of a sample is
 * stretch * (2 * radius * distance - distance^2) + excess.
 *
 * The first term falls to zero on the outline as on a ball. The excess may remain on the outline and there makes an
 * edge: the wall of a box, the flat end of a cylinder.
 */
export interface ReliefSide {
  /** Squared ratio of depth to width of the round part. */
  stretch: Float32Array;
  excess: Float32Array;
}

/** Front and back of the object on a grid seen from the front. */
export interface Relief {
  grid: ReliefGrid;
  /** Signed distance to the outline, positive inside. */
  distance: Float32Array;
  /** Radius of the part, also outside. */
  radius: Float32Array;
  front: ReliefSide;
  back: ReliefSide;
}

/** Parts between these shares of the largest radius pass from thin, always round, to bulky. */
const THIN_SHARE = 0.4;
const BULKY_SHARE = 0.8;

/** @param views the front picture and, where there is one, the back picture */
export function buildRelief(views: readonly PreparedView[]): Relief {
  const grid = createReliefGrid(views);
  const plane = { dims: [grid.width, grid.height, 1], origin: [grid.x0, grid.y0, 0], spacing: grid.spacing } as const;
  const silhouette = mergeSilhouettes(views.map((view) => sampleSilhouette(view, plane)));
  if (!silhouette) throw new Error('expected a picture of the front');
  const distance = silhouette.distances;
  const radius = measureLocalRadius(distance, grid);
  const proportions = measureProportions(distance, grid);
  const round = distance.map((d, i) => roundHeightSquared(radius[i]!, d));
  const upright = measureUprightHeights(distance, round, grid);
  const judged = selectJudged(distance, radius, proportions, grid);
  const profiles = views.map((view) =>
    chooseProfile(round, upright, sampleLogLuminance(view, grid), radius, judged, proportions, grid),
  );
  const [front, back = front] = profiles;
  if (!front || !back) throw new Error('expected a picture of the front');
  // One body has one kind of end and one depth, but its front may be flat while its back is not.
  const uprightShare = (front.upright + back.upright) / 2;
  const depth = chooseDepth(proportions, (front.roundness + back.roundness) / 2);
  const buildSide = ({ flat }: Profile): ReliefSide => {
    const stretch = new Float32Array(distance.length);
    const excess = new Float32Array(distance.length);
    for (let i = 0; i < excess.length; i++) {
      const bulk = smoothStep(THIN_SHARE, BULKY_SHARE, radius[i]! / proportions.bulkRadius);
      const ratio = (1 + (depth.bulkStretch - 1) * bulk) ** 2;
      const slab = Math.min(depth.slab, radius[i]!);
      const flatHeight = slab + (depth.box - slab) * depth.stands;
      stretch[i] = (1 - flat) * ratio;
      excess[i] = (1 - flat) * ratio * uprightShare * (upright[i]! - round[i]!) + flat * flatHeight * flatHeight;
    }
    return { stretch, excess: extendExcess(excess, distance, grid) };
  };
  const frontSide = buildSide(front);
  return { grid, distance, radius, front: frontSide, back: back === front ? frontSide : buildSide(back) };
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
