import type { ScalarField } from '../../../geometry/mesh.ts';
import { type DecodeOptions, pointwiseEvaluator } from './decode-hierarchical.ts';
import { decodeLevels } from './decode-levels.ts';

/**
 * The network's field at all `(resolution + 1)^3` nodes of the query cube. The slowest way and the one that misses
 * nothing.
 * @throws {AppError} `geometry.empty`, `runtime.failed`
 */
export function decodeDense(options: DecodeOptions): Promise<ScalarField> {
  return decodeLevels([options.resolution], pointwiseEvaluator(options), options.onProgress);
}
