/**
 * Times at which the denoiser is asked, as float32: 0 is noise, 1 is data, and step i goes from `sigmas[i]` to
 * `sigmas[i + 1]`.
 */
export type Sigmas = Float32Array;

/**
 * Schedule of flow matching: `steps` evenly spaced times from 0 to 1, bent by `shift` (1 leaves them), and a final 1.
 * As the last two are both 1, the last step is empty; the sampler skips it, so that n steps cost n - 1 evaluations.
 * @returns `steps + 1` values
 */
export function flowMatchSigmas(steps: number, shift: number): Sigmas {
  const sigmas = new Float32Array(steps + 1).fill(1);
  for (let i = 0; i < steps; i++) {
    const sigma = steps === 1 ? 0 : i / (steps - 1);
    sigmas[i] = (shift * sigma) / (1 + (shift - 1) * sigma);
  }
  return sigmas;
}

/**
 * Schedule of consistency-distilled networks, which were trained at `phases` of the `trainSteps` evenly spaced times:
 * `steps` of those phases, evenly spread, and a final 1. No step is empty.
 * @param steps at most `phases`
 * @returns `steps + 1` values
 */
export function consistencySigmas(steps: number, trainSteps: number, phases: number): Sigmas {
  const sigmas = new Float32Array(steps + 1).fill(1);
  const stepsPerPhase = Math.floor(trainSteps / phases);
  for (let i = 0; i < steps; i++) {
    const phase = Math.floor((phases * i) / steps);
    sigmas[i] = phase === 0 ? 0 : (stepsPerPhase * phase - 1) / (trainSteps - 1);
  }
  return sigmas;
}
