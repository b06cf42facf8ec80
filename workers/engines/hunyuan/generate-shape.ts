import { estimateCost } from '../../../models/build/cost-model.ts';
import type { ShapeModel } from '../../../models/build/shape-model.ts';
import { type LatentSelection, selectedLatentCount } from '../../../models/networks/latent-selection.ts';
import type { ViewName } from '../../../src/protocol/views.ts';
import type { ScalarField } from '../../geometry/mesh.ts';
import type { ImageRgba } from '../../imaging/prepared-view.ts';
import type { OpenNetwork } from '../../runtime/network-session.ts';
import { decodeShape } from './decode-shape.ts';
import { denoise } from './denoise.ts';
import { encodeCondition } from './encode-condition.ts';
import type { ShapeSettings } from './settings.ts';

export interface GenerateShapeOptions {
  pictures: Partial<Record<ViewName, ImageRgba>>;
  settings: ShapeSettings;
  /** Standard normal, `[latents, channels]`. */
  noise: Float32Array;
  /** How the turbo VAE chooses latents near the surface. */
  selection: LatentSelection['mode'];
  open: OpenNetwork;
  /** Share of the work that is done, 0 to 1. */
  onProgress(fraction: number): void;
  log(message: string): void;
}

/** Points that a typical object needs on a grid of R cells, in units of R^2. */
const TYPICAL_POINTS = 35;

/**
 * From pictures to the field of a shape on the query cube: encode the pictures, sample latents, decode them. Networks
 * are loaded one after the other, so that the largest one sets the memory that is needed.
 */
export async function generateShape(model: ShapeModel, options: GenerateShapeOptions): Promise<ScalarField> {
  const { pictures, settings, noise, selection, open, log } = options;
  const parts = shareWork(model, Object.keys(pictures).length, settings);
  let done = 0;
  const part = (share: number) => (fraction: number) => options.onProgress(done + share * fraction);
  const finish = (name: string, share: number, startedAt: number): void => {
    done += share;
    options.onProgress(done);
    log(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  };

  let startedAt = performance.now();
  const condition = await encodeCondition(model, pictures, open, part(parts.condition));
  finish('image encoder', parts.condition, startedAt);

  startedAt = performance.now();
  const latents = await denoise(model, condition, noise, settings, open, {
    onStart: () => log('denoising starts'),
    onProgress: part(parts.denoise),
  });
  finish(`denoiser, ${settings.steps} steps`, parts.denoise, startedAt);

  startedAt = performance.now();
  const field = await decodeShape(
    model,
    latents,
    { resolution: settings.octreeResolution, selection, onProgress: part(parts.decode) },
    open,
  );
  finish('volume decoder', parts.decode, startedAt);
  return field;
}

/** Floating-point operations of a whole job. */
export function estimateJob(
  model: Pick<ShapeModel, 'config' | 'geometry'>,
  isTurbo: boolean,
  views: number,
  { steps, octreeResolution }: ShapeSettings,
): { condition: number; denoise: number; decode: number } {
  const { num_latents: latents } = model.config.vae.params;
  const attended = isTurbo ? selectedLatentCount(latents) : latents;
  const cost = estimateCost(model.config, model.geometry, views, attended);
  return {
    condition: views * cost.conditionerPerView,
    denoise: steps * cost.callsPerStep * cost.denoiserCall,
    decode: cost.vae + TYPICAL_POINTS * octreeResolution ** 2 * cost.point,
  };
}

function shareWork(model: ShapeModel, views: number, settings: ShapeSettings) {
  const work = estimateJob(model, model.latentSelection !== undefined, views, settings);
  const total = work.condition + work.denoise + work.decode;
  return { condition: work.condition / total, denoise: work.denoise / total, decode: work.decode / total };
}
