import type { Proportions } from './measure-proportions.ts';
import type { ReliefGrid } from './relief-grid.ts';
import { fitShading, type ShadingFit } from './shading-fit.ts';
import { blurMap } from './smooth-map.ts';
import { smoothStep } from './smooth-step.ts';

/** How the depth of the large parts is shaped; both are shares from 0 to 1. */
export interface Profile {
  /** 0: balls and tubes along the parts. 1: upright cylinders and cones with flat ends. */
  upright: number;
  /** 1: a flat face with an edge instead of a rounded one. */
  flat: number;
  /** How clearly the shading is that of the round or upright body; not the opposite of flat, as neither may show. */
  roundness: number;
}

/** Only parts at least this wide, relative to the widest, are judged: small ones show too few pixels. */
const JUDGED_WIDTH = 0.4;
/** Near the rim the outline's pixels mix with the background. */
const RIM_SAMPLES = 3.5;
const RIM_SHARE = 0.08;
/** Difference of errors that makes the better relief e times likelier. */
const ERROR_UNIT = 0.003;
/** Upright shapes are more common where the shading says nothing; log odds. */
const UPRIGHT_PRIOR = 1.5;

/** Judged samples: covered, away from the rim, on the wide parts. */
export function selectJudged(
  distance: Float32Array,
  radius: Float32Array,
  { bulkRadius }: Proportions,
  grid: ReliefGrid,
): Uint8Array {
  return Uint8Array.from(distance, (d, i) =>
    d > RIM_SAMPLES * grid.spacing && d > RIM_SHARE * radius[i]! && radius[i]! > JUDGED_WIDTH * bulkRadius ? 1 : 0,
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
  proportions: Proportions,
  grid: ReliefGrid,
): Profile {
  const roundFit = fitShading(round, logLuminance, radius, judged, grid);
  const uprightFit = fitShading(upright, logLuminance, radius, judged, grid);
  const logOdds = (roundFit.error - uprightFit.error) / ERROR_UNIT + UPRIGHT_PRIOR;
  const fit = roundFit.error < uprightFit.error ? roundFit : uprightFit;
  return {
    upright: 1 / (1 + Math.exp(-logOdds)),
    flat: Math.max(
      judgeFlatness(fit),
      1 - smoothStep(EVEN_CENTRE, UNEVEN_CENTRE, measureCentreContrast(logLuminance, proportions, grid)),
    ),
    roundness: smoothStep(0.08, 0.13, fit.explained),
  };
}

function judgeFlatness({ explained, unexplained }: ShadingFit): number {
  return (1 - smoothStep(0.02, 0.06, explained)) * (1 - smoothStep(0.2, 0.35, unexplained));
}

/** Contrast, in e-folds of brightness, up to which the middle of the widest part looks flat, and from which it does
 * not; a ball under a light from above shows 0.15 or more, whatever its colour. */
const EVEN_CENTRE = 0.09;
const UNEVEN_CENTRE = 0.14;
/** Radius of the judged middle and of the blur that removes fine texture, relative to the radius of the part. */
const CENTRE_SHARE = 0.6;
const TEXTURE_SHARE = 0.06;

/** Standard deviation of the blurred log brightness around the centre of the largest inscribed disc. */
function measureCentreContrast(
  logLuminance: Float32Array,
  { bulkCentre, bulkRadius }: Proportions,
  grid: ReliefGrid,
): number {
  const { width, height, spacing } = grid;
  const x0 = bulkCentre % width;
  const y0 = Math.floor(bulkCentre / width);
  const blurred = blurMap(logLuminance, grid, Math.round((TEXTURE_SHARE * bulkRadius) / spacing));
  const reach = Math.floor((CENTRE_SHARE * bulkRadius) / spacing);
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let y = Math.max(0, y0 - reach); y <= Math.min(height - 1, y0 + reach); y++) {
    for (let x = Math.max(0, x0 - reach); x <= Math.min(width - 1, x0 + reach); x++) {
      if ((x - x0) ** 2 + (y - y0) ** 2 > reach * reach) continue;
      const value = blurred[x + width * y]!;
      count++;
      sum += value;
      squares += value * value;
    }
  }
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
