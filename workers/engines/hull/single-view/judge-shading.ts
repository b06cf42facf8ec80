import type { Proportions } from './measure-proportions.ts';
import type { ReliefGrid } from './relief-grid.ts';
import { fitShading } from './shading-fit.ts';
import { blurMap } from './smooth-map.ts';
import { smoothStep } from './smooth-step.ts';

/** What the shading in one picture says about the shape of one part. */
export interface ShadingEvidence {
  /** Log odds of an upright cylinder with flat ends against balls and tubes. */
  uprightLogOdds: number;
  /** 0 to 1: there is shading of a rounded shape. Not the opposite of flat, as neither may show. */
  round: number;
  /** 0 to 1: hardly anything but that shading is seen, so that the shape is as guessed. */
  agreement: number;
  /** 0 to 1: a flat face. */
  flat: number;
}

/** Difference of errors that makes the better relief e times likelier. */
const ERROR_UNIT = 0.003;
/** Energy of sideways slopes that light on the relief explains, from none to clear roundness. */
const ROUND_ENERGY = [0.04, 0.09] as const;
/** Share of the energy that it explains, from doubtful to convincing. */
const AGREEING_SHARE = [0.43, 0.57] as const;
/** Energy so large that it convinces whatever else is seen. */
const AGREEING_ENERGY = [0.16, 0.21] as const;
/** Energy of other sideways slopes from which a face may have a shading that they hide. */
const TEXTURE_ENERGY = [0.18, 0.27] as const;
/** Contrast, in e-folds of brightness, between which the middle of a part ceases to look flat; the middle of a ball
 * under a light from above shows 0.15 or more, whatever its colour. */
const FLAT_CENTRE = [0.09, 0.14] as const;

/**
 * Compares the shading of a part with the round and the upright relief: the same kind of light is fitted to the
 * picture on both, and the one with the smaller error is the likelier shape. Whether there is any shading of a
 * rounded shape is asked of sideways slopes alone, as brightness changes upwards on flat things too: light from the
 * sky, painted gradients, shadows on the ground. A face with neither shading nor texture is flat; so is one whose
 * middle is even in spite of texture elsewhere. With much texture and no shading nothing is known.
 * @param judged not 0 on the samples of the part that can be trusted
 */
export function judgeShading(
  round: Float32Array,
  upright: Float32Array,
  logLuminance: Float32Array,
  radius: Float32Array,
  judged: Uint8Array,
  proportions: Proportions,
  grid: ReliefGrid,
): ShadingEvidence {
  const fit = (relief: Float32Array, sidewaysOnly: boolean) =>
    fitShading(relief, logLuminance, radius, judged, grid, sidewaysOnly);
  const uprightLogOdds = (fit(round, false).error - fit(upright, false).error) / ERROR_UNIT;
  const { explained, unexplained } = fit(uprightLogOdds > 0 ? upright : round, true);
  const isRound = smoothStep(...ROUND_ENERGY, explained);
  const evenCentre = 1 - smoothStep(...FLAT_CENTRE, measureCentreContrast(logLuminance, proportions, grid));
  return {
    uprightLogOdds,
    round: isRound,
    agreement:
      isRound *
      Math.max(
        smoothStep(...AGREEING_SHARE, explained / (explained + unexplained + 1e-6)),
        smoothStep(...AGREEING_ENERGY, explained),
      ),
    flat: (1 - isRound) * Math.max(1 - smoothStep(...TEXTURE_ENERGY, unexplained), evenCentre),
  };
}

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
