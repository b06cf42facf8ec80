import type { ShadingEvidence } from './judge-shading.ts';
import type { Proportions } from './measure-proportions.ts';
import { smoothStep } from './smooth-step.ts';

/** How the depth of one part is shaped; shares from 0 to 1. */
export interface Profile {
  /** 0: balls and tubes along the part. 1: an upright cylinder or cone with flat ends. */
  upright: number;
  /** How certain it is that the part is rounded. */
  round: number;
  /** How certain it is that the part is as deep as its outline is wide. */
  agreement: number;
  /** 1: flat faces with an edge instead of rounded ones. */
  flat: number;
}

/** Upright shapes are more common where the shading says nothing; log odds. */
const UPRIGHT_PRIOR = 1.5;
/** How much of a box a part with straight upright sides becomes where the shading says nothing: it may be a can, but
 * not if it is wider than high. */
const BOX_GUESS = 0.7;
const WIDE = [1.2, 1.8] as const;

/** Combines what the pictures, one per side of the part, and its outline say. */
export function chooseProfile(evidence: readonly ShadingEvidence[], part: Proportions): Profile {
  const mean = (of: 'round' | 'agreement') => evidence.reduce((sum, e) => sum + e[of], 0) / evidence.length;
  const most = (of: 'round' | 'flat') => Math.max(...evidence.map((e) => e[of]));
  const logOdds = evidence.reduce((sum, e) => sum + e.uprightLogOdds, UPRIGHT_PRIOR);
  const wide = smoothStep(...WIDE, part.width / Math.max(part.height, 1e-6));
  const box = (BOX_GUESS + (1 - BOX_GUESS) * wide) * smoothStep(0.75, 0.9, part.rectangularity);
  return {
    upright: 1 / (1 + Math.exp(-logOdds)),
    round: mean('round'),
    agreement: mean('agreement'),
    // A side that says nothing is like the other one, and a body that is round anywhere has no flat side.
    flat: (1 - most('round')) * Math.max(most('flat'), box),
  };
}
