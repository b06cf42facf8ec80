/** The stages of a job in the order in which they run; the names stand in progress events, logs and docs. */
export const STAGES = ['decode', 'foreground', 'shape', 'surface', 'mesh', 'unwrap', 'texture', 'export'] as const;
export type Stage = (typeof STAGES)[number];

/** Each stage's share of the whole, in percent; adds up to 100. */
export type StageWeights = Readonly<Record<Stage, number>>;

/** From measured medians of the built-in engine. */
export const STAGE_WEIGHTS: StageWeights = {
  decode: 3,
  foreground: 5,
  shape: 25,
  surface: 7,
  mesh: 15,
  unwrap: 12,
  texture: 23,
  export: 10,
};

/** Of jobs whose shape comes from networks, which take most of the time. The stages before the choice of an engine
 * weigh the same, so that progress never falls. */
export const NETWORK_STAGE_WEIGHTS: StageWeights = {
  ...STAGE_WEIGHTS,
  shape: 80,
  surface: 1,
  mesh: 3,
  unwrap: 2,
  texture: 4,
  export: 2,
};

/**
 * Overall progress in percent, 0 to 100.
 * @param stage the running stage
 * @param stageProgress how much of it is done, 0 to 1
 */
export function overallProgress(stage: Stage, stageProgress: number, weights: StageWeights = STAGE_WEIGHTS): number {
  let done = 0;
  for (const name of STAGES) {
    if (name === stage) return done + weights[name] * Math.min(1, Math.max(0, stageProgress));
    done += weights[name];
  }
  return done;
}
