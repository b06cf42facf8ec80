import { AppError } from '../../../../src/errors.ts';
import type { ScalarField } from '../../../geometry/mesh.ts';
import { type CubeField, createCubeField } from './cube-field.ts';
import { markRefinement } from './mark-refinement.ts';
import type { NodeMask } from './node-mask.ts';
import type { OnProgress } from './query-field.ts';
import { QueryProgress } from './query-progress.ts';

/** How the nodes of a level get their logits; `advance` is told of queries as they are answered. */
export interface LevelEvaluator {
  evaluateAll(field: CubeField, advance: (queries: number) => void): Promise<void>;
  evaluateMarked(field: CubeField, marked: NodeMask, advance: (queries: number) => void): Promise<void>;
}

/**
 * Evaluates the coarsest grid in full and each finer one only where the surface may be; nodes that were never asked
 * about are NaN. Peak memory is 4 bytes per node of the last grid, an eighth of that for the grid before it, and one
 * bit per node: 625 MB at 512 cells.
 * @throws {AppError} `geometry.empty` where the coarsest grid is outside, or inside, everywhere
 */
export async function decodeLevels(
  levels: readonly number[],
  evaluator: LevelEvaluator,
  onProgress?: OnProgress,
): Promise<ScalarField> {
  const progress = new QueryProgress(levels, onProgress);
  const advance = (queries: number) => progress.advance(queries);
  let field = createCubeField(levels[0]!);
  await evaluator.evaluateAll(field, advance);
  checkNotEmpty(field);
  for (let level = 1; level < levels.length; level++) {
    const marked = markRefinement(field, levels[level]!, level === levels.length - 1);
    progress.beginLevel(level, marked.count());
    field = createCubeField(levels[level]!);
    await evaluator.evaluateMarked(field, marked, advance);
  }
  const { values, dims, origin, spacing } = field;
  return { values, dims, origin, spacing };
}

/** Refinement starts from a change of sign: what fills the whole cube has no surface either. */
function checkNotEmpty({ n, values }: CubeField): void {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < lowest) lowest = values[i]!;
    if (values[i]! > highest) highest = values[i]!;
  }
  if (highest > 0 && lowest <= 0) return;
  throw new AppError(
    'geometry.empty',
    `The network found no object: expected some of ${n} x ${n} x ${n} places to be inside it (above 0) and some ` +
      `outside, got values from ${lowest.toPrecision(3)} to ${highest.toPrecision(3)}. Use a clearer picture, another ` +
      'seed or more steps.',
  );
}
