/** The stages of a job in the order in which they run; the names stand in progress events, logs and docs. */
export const STAGES = ['decode', 'foreground', 'shape', 'surface', 'mesh', 'unwrap', 'texture', 'export'] as const;
export type Stage = (typeof STAGES)[number];

/** Each stage's share of the whole, in percent; adds up to 100. From measured medians of the built-in engine. */
export const STAGE_WEIGHTS: Readonly<Record<Stage, number>> = {
  decode: 3,
  foreground: 5,
  shape: 25,
  surface: 7,
  mesh: 15,
  unwrap: 12,
  texture: 23,
  export: 10,
};

/**
 * Overall progress in percent, 0 to 100.
 * @param stage the running stage
 * @param stageProgress how much of it is done, 0 to 1
 */
export function overallProgress(stage: Stage, stageProgress: number): number {
  let done = 0;
  for (const name of STAGES) {
    if (name === stage) return done + STAGE_WEIGHTS[name] * Math.min(1, Math.max(0, stageProgress));
    done += STAGE_WEIGHTS[name];
  }
  return done;
}
