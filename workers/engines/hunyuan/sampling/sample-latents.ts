import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../../../src/errors.ts';
import type { Sigmas } from './schedules.ts';

export type Branch = 'conditional' | 'unconditional';

export type Guidance =
  /** The network is asked with and without the condition; `scale` says how far to go beyond the condition. */
  | { kind: 'classifier-free'; scale: number }
  /** The network was told the scale itself. */
  | { kind: 'embedded' };

export interface SampleOptions {
  /** Initial latents, standard normal; not changed. */
  noise: Float32Array;
  sigmas: Sigmas;
  /**
   * The denoiser: which way the data lies, `data - noise`, seen from these latents at this time. `latents` is valid,
   * and must not be changed, until the promise settles.
   */
  predict: (latents: Float32Array, time: number, branch: Branch) => Promise<Float32Array>;
  guidance: Guidance;
  /** Called after each of the steps that are not empty. */
  onStep?: (done: number, total: number) => void;
}

/**
 * Follows the flow from noise to latents: x += (sigma' - sigma) * v, one Euler step per interval of the schedule, in
 * float32. With classifier-free guidance v = unconditional + scale * (conditional - unconditional); at scale 1 that is
 * the conditional prediction, and the other is not asked for. Empty steps are skipped. Between steps the event loop
 * gets its turn.
 * @throws {AppError} `runtime.failed` where a prediction has the wrong size or leaves the finite numbers
 */
export async function sampleLatents({
  noise,
  sigmas,
  predict,
  guidance,
  onStep,
}: SampleOptions): Promise<Float32Array> {
  const latents = Float32Array.from(noise);
  const total = countSteps(sigmas);
  let done = 0;
  for (let i = 0; i + 1 < sigmas.length; i++) {
    const time = sigmas[i]!;
    const stepLength = Math.fround(sigmas[i + 1]! - time);
    if (stepLength === 0) continue;
    const conditional = await predict(latents, time, 'conditional');
    checkSize(conditional, latents);
    if (guidance.kind === 'classifier-free' && guidance.scale !== 1) {
      const unconditional = await predict(latents, time, 'unconditional');
      checkSize(unconditional, latents);
      stepGuided(latents, conditional, unconditional, guidance.scale, stepLength);
    } else {
      for (let k = 0; k < latents.length; k++) latents[k]! += stepLength * conditional[k]!;
    }
    done++;
    checkFinite(latents, time);
    onStep?.(done, total);
    await setImmediate();
  }
  return latents;
}

function stepGuided(
  latents: Float32Array,
  conditional: Float32Array,
  unconditional: Float32Array,
  scale: number,
  stepLength: number,
): void {
  for (let k = 0; k < latents.length; k++) {
    const free = unconditional[k]!;
    latents[k]! += stepLength * (free + scale * (conditional[k]! - free));
  }
}

function countSteps(sigmas: Sigmas): number {
  let count = 0;
  for (let i = 0; i + 1 < sigmas.length; i++) if (sigmas[i + 1] !== sigmas[i]) count++;
  return count;
}

function checkSize(prediction: Float32Array, latents: Float32Array): void {
  if (prediction.length === latents.length) return;
  throw new AppError(
    'runtime.failed',
    `The denoiser returned ${prediction.length} values for ${latents.length} latents; rebuild the model.`,
  );
}

function checkFinite(latents: Float32Array, time: number): void {
  if (latents.every(Number.isFinite)) return;
  throw new AppError(
    'runtime.failed',
    `The denoiser's prediction at time ${time.toFixed(3)} is not finite: expected numbers of ordinary size. ` +
      'Where it runs in 16 bits, use the 32-bit build; otherwise verify the checkpoint.',
  );
}
