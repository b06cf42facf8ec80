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
  /** Per picture, 1: a flat face with an edge instead of a rounded one. */
  flat: number[];
}

/** Upright shapes are more common where the shading says nothing; log odds. */
const UPRIGHT_PRIOR = 1.5;
/** How much of a box a part with straight upright sides becomes where the shading says nothing: it may be a can. */
const BOX_GUESS = 0.7;

/** Combines what the pictures, one per side of the part, and its outline say. */
export function chooseProfile(evidence: readonly ShadingEvidence[], { rectangularity }: Proportions): Profile {
  const logOdds = evidence.reduce((sum, e) => sum + e.uprightLogOdds, UPRIGHT_PRIOR);
  const mean = (of: 'round' | 'agreement') => evidence.reduce((sum, e) => sum + e[of], 0) / evidence.length;
  const round = mean('round');
  const box = BOX_GUESS * smoothStep(0.75, 0.9, rectangularity);
  const flattest = Math.max(...evidence.map((e) => e.flat));
  return {
    upright: 1 / (1 + Math.exp(-logOdds)),
    round,
    agreement: mean('agreement'),
    // A side that says nothing is like the other one.
    flat: evidence.map((e) => Math.max(e.flat, (1 - e.round) * Math.max(flattest, box * (1 - round)))),
  };
}
