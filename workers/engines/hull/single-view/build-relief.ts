import type { PreparedView } from '../../../imaging/prepared-view.ts';
import { mergeSilhouettes, sampleSilhouette } from '../silhouette-map.ts';
import { chooseDepth, type Depth } from './choose-depth.ts';
import { chooseProfile } from './choose-profile.ts';
import { continueBeyondEnds } from './end-caps.ts';
import { judgeShading } from './judge-shading.ts';
import { measureLocalRadius, roundHeightSquared } from './local-radius.ts';
import { measureProportions, type Proportions, type Rectangle } from './measure-proportions.ts';
import { sampleLogLuminance } from './picture-luminance.ts';
import { createReliefGrid, type ReliefGrid } from './relief-grid.ts';
import { segmentParts } from './segment-parts.ts';
import { blurMap, extendMap } from './smooth-map.ts';
import { smoothStep } from './smooth-step.ts';

/**
 * The upper half of an object that is symmetric about the plane z = 0, on a grid seen from the front: the squared
 * height of a sample is stretch * (2 * radius * distance - distance^2) + excess.
 *
 * The first term falls to zero on the outline as on a ball. The excess may remain on the outline and there makes an
 * edge: the wall of a box, the flat end of a cylinder.
 */
export interface Relief {
  grid: ReliefGrid;
  /** Signed distance to the outline, positive inside. */
  distance: Float32Array;
  /** Radius of the part, also outside. */
  radius: Float32Array;
  /** Squared ratio of depth to width of the round part. */
  stretch: Float32Array;
  excess: Float32Array;
}

/** Parts between these shares of the largest radius pass from thin to bulky. */
const THIN_SHARE = 0.4;
const BULKY_SHARE = 0.8;
/** Choices of neighbouring parts pass into each other over this many samples. */
const BLEND_SAMPLES = 3;

/** @param views the front picture and, where there is one, the back picture */
export function buildRelief(views: readonly PreparedView[]): Relief {
  const outline = measureOutline(views);
  const { grid, distance, radius, round, upright } = outline;
  const pictures = views.map((view) => sampleLogLuminance(view, grid));
  const whole = measureProportions(distance, grid);
  const parts = segmentParts(distance, radius, whole.bulkRadius, grid);
  const stretch = new Float32Array(distance.length);
  const excess = new Float32Array(distance.length);
  for (let part = 0; part < parts.count; part++) {
    const own = distance.map((d, i) => (parts.labels[i] === part ? d : -1));
    const proportions = parts.count > 1 ? measureProportions(own, grid) : whole;
    const judged = selectJudged(own, radius, proportions, grid);
    const profile = chooseProfile(
      pictures.map((picture) => judgeShading(round, upright, picture, radius, judged, proportions, grid)),
      proportions,
    );
    const depth = chooseDepth(whole, proportions, profile);
    const flatHalfDepth = shapeFlatPart(outline, proportions, depth);
    for (let i = 0; i < excess.length; i++) {
      if (parts.labels[i] !== part) continue;
      const bulk = smoothStep(THIN_SHARE, BULKY_SHARE, radius[i]! / whole.bulkRadius);
      stretch[i] = (1 - profile.flat) * (depth.stretch * (1 + (depth.bulkStretch - 1) * bulk)) ** 2;
      excess[i] = stretch[i]! * profile.upright * (upright[i]! - round[i]!) + profile.flat * flatHalfDepth[i]! ** 2;
    }
  }
  smoothFolds(excess, stretch, outline, whole.bulkRadius);
  return {
    grid,
    distance,
    radius,
    stretch: parts.count > 1 ? blurMap(stretch, grid, BLEND_SAMPLES) : stretch,
    excess: extendExcess(excess, distance, grid),
  };
}

/** Maps that follow from the outline alone. */
interface OutlineMaps {
  grid: ReliefGrid;
  distance: Float32Array;
  radius: Float32Array;
  /** Squared heights of balls and tubes. */
  round: Float32Array;
  /** Squared heights of upright cylinders and cones with flat ends. */
  upright: Float32Array;
}

function measureOutline(views: readonly PreparedView[]): OutlineMaps {
  const grid = createReliefGrid(views);
  const plane = { dims: [grid.width, grid.height, 1], origin: [grid.x0, grid.y0, 0], spacing: grid.spacing } as const;
  const silhouette = mergeSilhouettes(views.map((view) => sampleSilhouette(view, plane)));
  if (!silhouette) throw new Error('expected a picture of the front');
  const distance = silhouette.distances;
  const radius = measureLocalRadius(distance, grid);
  const round = distance.map((d, i) => roundHeightSquared(radius[i]!, d));
  return { grid, distance, radius, round, upright: measureUprightHeights(distance, round, grid) };
}

/**
 * Squared heights of the shape with flat upper and lower ends; nowhere below the round ones. No part is deeper than its
 * row of the outline or its inscribed discs are wide: a mast on a flat roof is not as deep as the house, although the
 * house, continued beyond the roof, surrounds it.
 */
export function measureUprightHeights(distance: Float32Array, round: Float32Array, grid: ReliefGrid): Float32Array {
  const continued = continueBeyondEnds(distance, grid);
  const radius = measureLocalRadius(continued, grid);
  const { spacing } = grid;
  const upright = round.slice();
  for (let start = 0; start < distance.length; start++) {
    if (distance[start]! <= 0) continue;
    // The outermost samples of a relief grid are never covered, so every run ends within its row.
    let end = start;
    while (distance[end]! > 0) end++;
    const half = (end - start + 1) / 2;
    for (let i = start; i < end; i++) {
      const across = i - (start + end - 1) / 2;
      const d = distance[i]!;
      const ownRadius = (round[i]! + d * d) / (2 * d);
      const deepest = Math.max((half * half - across * across) * spacing * spacing, ownRadius * ownRadius);
      upright[i] = Math.max(round[i]!, Math.min(deepest, roundHeightSquared(radius[i]!, continued[i]!)));
    }
    start = end;
  }
  return upright;
}

/** Parts of which this share of the rows makes one rectangle are cupboards and the like. */
const RECTANGULAR = 0.8;

/** Half depths of a part as if it were flat, also outside of it. */
function shapeFlatPart({ grid, radius }: OutlineMaps, part: Proportions, depth: Depth): Float32Array {
  const isCupboard = part.rectangularity > RECTANGULAR;
  return radius.map((r, i) => {
    const slab = Math.min(depth.slab, r);
    // What sticks out of a cupboard is not as deep as it, but the window posts of a car are.
    if (isCupboard && !contains(part.rectangle, i % grid.width, Math.floor(i / grid.width))) return slab;
    return slab + (depth.box - slab) * depth.stands;
  });
}

function contains({ left, right, bottom, top }: Rectangle, x: number, y: number): boolean {
  return x >= left && x <= right && y >= bottom && y <= top;
}

/** Only places at least this wide, relative to the widest of the part, are judged: others show too few pixels. */
const JUDGED_WIDTH = 0.4;
/** Near the rim the outline's pixels mix with the background. */
const RIM_SAMPLES = 3.5;
const RIM_SHARE = 0.08;

/** Samples whose shading is judged: away from the rim and wide enough. */
export function selectJudged(
  distance: Float32Array,
  radius: Float32Array,
  { bulkRadius }: Proportions,
  { spacing }: ReliefGrid,
): Uint8Array {
  return Uint8Array.from(distance, (d, i) =>
    d > RIM_SAMPLES * spacing && d > RIM_SHARE * radius[i]! && radius[i]! > JUDGED_WIDTH * bulkRadius ? 1 : 0,
  );
}

/** Radius of the blur, and distance from the outline over which it sets in, relative to the bulk's radius. */
const FOLD_BLUR = 0.05;
const FOLD_DISTANCE = 0.5;

/** Where discs of different branches meet, the union of balls has folds: blurs the heights away from the outline. */
function smoothFolds(
  excess: Float32Array,
  stretch: Float32Array,
  { grid, distance, round }: OutlineMaps,
  bulkRadius: number,
): void {
  const heights = round.map((u, i) => (distance[i]! > 0 ? Math.sqrt(Math.max(0, stretch[i]! * u + excess[i]!)) : 0));
  const blurred = blurMap(heights, grid, Math.round((FOLD_BLUR * bulkRadius) / grid.spacing));
  for (let i = 0; i < excess.length; i++) {
    const weight = smoothStep(0.1, 1, distance[i]! / (FOLD_DISTANCE * bulkRadius));
    excess[i]! += weight * (blurred[i]! ** 2 - heights[i]! ** 2);
  }
}

/** Within this many samples of the outline heights suffer from the grid. */
const UNSTEADY_SAMPLES = 1.5;

/** Takes the excess near the outline and outside from within, and smooths it. */
function extendExcess(excess: Float32Array, distance: Float32Array, grid: ReliefGrid): Float32Array {
  const steady = Uint8Array.from(distance, (d) => (d > UNSTEADY_SAMPLES * grid.spacing ? 1 : 0));
  return blurMap(extendMap(excess, steady, grid), grid, 1);
}
