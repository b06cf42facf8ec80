import type { ScalarField } from '../../../geometry/mesh.ts';
import type { CubeField } from './cube-field.ts';
import { decodeLevels, type LevelEvaluator } from './decode-levels.ts';
import { hierarchyLevels } from './hierarchy-levels.ts';
import type { NodeMask } from './node-mask.ts';
import { PointBatch } from './point-batch.ts';
import type { OnProgress, QueryField } from './query-field.ts';

export interface DecodeOptions {
  query: QueryField;
  /** Cells per axis of the finest grid. */
  resolution: number;
  /** Most points in one call of `query`. */
  queriesPerCall: number;
  onProgress?: OnProgress;
}

/**
 * The network's field on the query cube, refined from a coarse grid only where the surface may be: 5 to 30 % of all
 * nodes for the same surface, as long as no part is thinner than the coarse grid shows. A grid of up to 125 cells is
 * coarse enough itself, so all its nodes are asked about.
 * @returns the field at exactly `resolution` cells; NaN where it was not evaluated
 * @throws {AppError} `geometry.empty`, `runtime.failed`
 */
export function decodeHierarchical(options: DecodeOptions): Promise<ScalarField> {
  return decodeLevels(hierarchyLevels(options.resolution), pointwiseEvaluator(options), options.onProgress);
}

/** Asks about nodes in batches of one size, in the order in which they lie in memory. */
export function pointwiseEvaluator({ query, queriesPerCall }: DecodeOptions): LevelEvaluator {
  return {
    async evaluateAll(field, advance) {
      const { n } = field;
      const batch = new PointBatch(field, queriesPerCall);
      for (let z = 0; z < n; z++) {
        for (let y = 0; y < n; y++) {
          for (let x = 0; x < n; x++) {
            batch.add(x, y, z);
            if (batch.isFull) advance(await batch.evaluate(query));
          }
        }
      }
      if (!batch.isEmpty) advance(await batch.evaluate(query));
    },
    evaluateMarked: (field, marked, advance) => evaluateMarked(field, marked, query, queriesPerCall, advance),
  };
}

async function evaluateMarked(
  field: CubeField,
  { n, words, wordsPerRow }: NodeMask,
  query: QueryField,
  queriesPerCall: number,
  advance: (queries: number) => void,
): Promise<void> {
  const batch = new PointBatch(field, queriesPerCall);
  let at = 0;
  for (let z = 0; z < n; z++) {
    for (let y = 0; y < n; y++) {
      for (let w = 0; w < wordsPerRow; w++, at++) {
        for (let bits = words[at]!; bits !== 0; bits &= bits - 1) {
          batch.add(32 * w + 31 - Math.clz32(bits & -bits), y, z);
          if (batch.isFull) advance(await batch.evaluate(query));
        }
      }
    }
  }
  if (!batch.isEmpty) advance(await batch.evaluate(query));
}
