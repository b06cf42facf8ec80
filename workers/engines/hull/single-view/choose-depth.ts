import type { Profile } from './choose-profile.ts';
import type { Proportions } from './measure-proportions.ts';
import { smoothStep } from './smooth-step.ts';

/** What is guessed of the depth; world units. */
export interface Depth {
  /** Depth of all parts relative to their width. */
  stretch: number;
  /** The same for the bulky parts alone, on top. */
  bulkStretch: number;
  /** Half the depth of a flat thing that cannot stand: a shield, a sign. */
  slab: number;
  /** Half the depth of a flat-faced thing that stands: a cupboard, a car from its side. */
  box: number;
  /** 0: cannot stand, 1: stands. */
  stands: number;
}

/** A part whose lower end is above this share of the height does not stand on the ground. */
const FLOATS = 0.3;
const SLAB_HALF_DEPTH = 0.12;
/** Cars and chests are about as deep as high, cupboards somewhat less deep than wide. */
const BOX_DEPTH_PER_HEIGHT = 1.2;
const BOX_DEPTH_PER_WIDTH = 0.9;
/** Keeps frames and wires from becoming long extrusions; in radii of the widest place. */
const BOX_DEPTH_PER_BULK = 5;
/** A picture that is filled by one narrow body mostly looks along the longer side: animals from the front, busts,
 * crowns of trees. */
const NARROW_BODY_STRETCH = 1.6;
/** Chests, houses, crates: about as wide as high and somewhat less deep, unless they are seen to be round. */
const SQUARE_BODY_STRETCH = 0.7;
/** The same where it could not stand, as a shield or a clock. */
const HUNG_BODY_STRETCH = 0.35;
/** A body with parts far to its sides, a figure with spread arms or a tool from its side, is seen on its broad side. */
const BROADSIDE_STRETCH = 0.8;

/**
 * Chooses depths from the outline's proportions. They are habits of how things are built and pictured, not facts of
 * the picture, and give way where the shading agrees with a body as deep as wide.
 * @param whole of the whole object
 * @param part of the part whose depth is chosen
 */
export function chooseDepth(whole: Proportions, part: Proportions, { round, agreement }: Profile): Depth {
  const fill = whole.width > 0 ? (2 * whole.bulkRadius) / whole.width : 0;
  const slenderness = whole.width > 0 ? whole.height / whole.width : 0;
  const filled = smoothStep(0.55, 0.7, fill);
  const slender = smoothStep(1.05, 1.4, slenderness);
  const pole = smoothStep(2.7, 3.5, slenderness);
  const spread = smoothStep(0.25, 0.4, fill) * (1 - smoothStep(0.5, 0.6, fill));
  const box = Math.min(
    BOX_DEPTH_PER_HEIGHT * part.height,
    BOX_DEPTH_PER_WIDTH * part.width,
    BOX_DEPTH_PER_BULK * part.bulkRadius,
  );
  const stands = part.bottom > whole.bottom + FLOATS * whole.height ? 0 : smoothStep(0.55, 0.75, part.footShare);
  const square = HUNG_BODY_STRETCH + (SQUARE_BODY_STRETCH - HUNG_BODY_STRETCH) * smoothStep(0.45, 0.6, whole.footShare);
  return {
    stretch: 1 + (square - 1) * filled * (1 - slender) * (1 - round),
    bulkStretch:
      1 +
      (NARROW_BODY_STRETCH - 1) * filled * slender * (1 - pole) * (1 - agreement) +
      (BROADSIDE_STRETCH - 1) * spread,
    slab: SLAB_HALF_DEPTH,
    box: Math.max(SLAB_HALF_DEPTH, box / 2),
    stands,
  };
}
