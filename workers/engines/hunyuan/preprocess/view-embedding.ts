import type { ViewName } from '../../../../src/protocol/views.ts';

/** Number of a view in the multi-view networks; their views come in this order. */
export const VIEW_INDEX: Readonly<Record<ViewName, number>> = { front: 0, left: 1, back: 2, right: 3 };

const LONGEST_PERIOD = 10_000;

/**
 * What the multi-view networks add to every token of a view, class token included: `width / 2` sines of the view's
 * number times falling frequencies, then the cosines. Not stored in checkpoints; view 0 is zeros, then ones.
 */
export function viewEmbedding(viewIndex: number, width: number): Float32Array {
  const half = width / 2;
  const embedding = new Float32Array(width);
  for (let i = 0; i < half; i++) {
    const angle = viewIndex * LONGEST_PERIOD ** (-i / half);
    embedding[i] = Math.sin(angle);
    embedding[half + i] = Math.cos(angle);
  }
  return embedding;
}
