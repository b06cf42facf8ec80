/**
 * Logits, positive inside, at points of the query cube: xyz per point in, one value per point out. `points` is valid
 * until the promise settles.
 */
export type QueryField = (points: Float32Array) => Promise<Float32Array>;

/** How a group of points is to choose the latents that it attends to. */
export interface GroupSelection {
  /** Every how manieth point, from the first on, takes part in the choice. */
  sampleStride: number;
  /** `first`: the points of a block of the dense grid; `later`: points near the surface. */
  level: 'first' | 'later';
}

/** As `QueryField`, for points that lie near each other and attend to the same choice of latents. */
export type QueryGroup = (points: Float32Array, selection: GroupSelection) => Promise<Float32Array>;

/** Called with the share of the work that is done, 0 to 1, never falling. */
export type OnProgress = (fraction: number) => void;
