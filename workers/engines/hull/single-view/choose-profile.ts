import type { ReliefGrid } from './relief-grid.ts';
import { fitShading, type ShadingFit } from './shading-fit.ts';

/** How the depth of the large parts is shaped; both are shares from 0 to 1. */
export interface Profile {
  /** 0: balls and tubes along the parts. 1: upright cylinders and cones with flat ends. */
  upright: number;
  /** 1: a flat face with an edge instead of a rounded one. */
  flat: number;
}

/** Only parts at least this wide, relative to the widest, are judged: small ones show too few pixels. */
const JUDGED_WIDTH = 0.4;
/** Near the rim the outline's pixels mix with the background. */
const RIM_SAMPLES = 3.5;
const RIM_SHARE = 0.08;
/** Difference of errors that makes the better relief e times likelier. */
const ERROR_UNIT = 0.004;
/** Upright shapes are more common where the shading says nothing; log odds. */
const UPRIGHT_PRIOR = 0.5;

/** Judged samples: covered, away from the rim, on the wide parts. */
export function selectJudged(distance: Float32Array, radius: Float32Array, grid: ReliefGrid): Uint8Array {
  let widest = 0;
  for (let i = 0; i < distance.length; i++) if (distance[i]! > 0) widest = Math.max(widest, radius[i]!);
  return Uint8Array.from(distance, (d, i) =>
    d > RIM_SAMPLES * grid.spacing && d > RIM_SHARE * radius[i]! && radius[i]! > JUDGED_WIDTH * widest ? 1 : 0,
  );
}

/**
 * Chooses the profile that explains the shading: the same light is fitted to the picture on both reliefs, and the one
 * with the smaller error is the likelier shape. A picture with neither shading nor texture shows a flat face; with
 * much texture and no shading nothing is known, and a round shape is the safer guess.
 */
export function chooseProfile(
  round: Float32Array,
  upright: Float32Array,
  logLuminance: Float32Array,
  radius: Float32Array,
  judged: Uint8Array,
  grid: ReliefGrid,
): Profile {
  const roundFit = fitShading(round, logLuminance, radius, judged, grid);
  const uprightFit = fitShading(upright, logLuminance, radius, judged, grid);
  const logOdds = (roundFit.error - uprightFit.error) / ERROR_UNIT + UPRIGHT_PRIOR;
  return {
    upright: 1 / (1 + Math.exp(-logOdds)),
    flat: judgeFlatness(roundFit.error < uprightFit.error ? roundFit : uprightFit),
  };
}

function judgeFlatness({ explained, unexplained }: ShadingFit): number {
  return (1 - smoothStep(0.02, 0.06, explained)) * (1 - smoothStep(0.2, 0.35, unexplained));
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothStep(low: number, high: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
