import type { ShapeModelConfig } from '../../../models/config/shape-model-config.ts';
import type { GenerateOptions } from '../../../src/protocol/options.ts';

/** What a user may choose of a generation, with the published defaults filled in. */
export interface ShapeSettings {
  steps: number;
  guidanceScale: number;
  /** Cells along each axis of the query volume. */
  octreeResolution: number;
  seed: number;
}

const DEFAULT_STEPS = 50;
/** Of the models distilled to few steps. */
const TURBO_STEPS = 5;
const DEFAULT_GUIDANCE = 5;
/** As the publisher's own application has it; simplification leaves little of what a finer grid adds. */
const DEFAULT_RESOLUTION = 256;
/** What the report of a job states where the client chose none. */
const DEFAULT_SEED = 0;

export function chooseSettings(options: GenerateOptions, { scheduler }: ShapeModelConfig): ShapeSettings {
  const isTurbo = scheduler.target === 'ConsistencyFlowMatchEulerDiscreteScheduler';
  return {
    steps: options.num_inference_steps ?? (isTurbo ? TURBO_STEPS : DEFAULT_STEPS),
    guidanceScale: options.guidance_scale ?? DEFAULT_GUIDANCE,
    octreeResolution: options.octree_resolution ?? DEFAULT_RESOLUTION,
    seed: options.seed ?? DEFAULT_SEED,
  };
}
