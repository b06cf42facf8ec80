import { AppError } from '../../../../src/errors.ts';
import type { ScalarField } from '../../../geometry/mesh.ts';

/** Half the side of the cube that the networks are asked about. */
export const QUERY_HALF_EXTENT = 1.01;

/** The query cube with `cells` cells per axis; values start as NaN, which marks nodes that were never evaluated. */
export interface CubeField extends ScalarField {
  /** Nodes per axis, `cells + 1`. */
  n: number;
  /** World coordinate of each node, the same for all axes. */
  coordinates: Float32Array;
}

export function createCubeField(cells: number): CubeField {
  const n = cells + 1;
  const spacing = (2 * QUERY_HALF_EXTENT) / cells;
  return {
    n,
    values: new Float32Array(n ** 3).fill(Number.NaN),
    dims: [n, n, n],
    origin: [-QUERY_HALF_EXTENT, -QUERY_HALF_EXTENT, -QUERY_HALF_EXTENT],
    spacing,
    coordinates: Float32Array.from({ length: n }, (_, i) => i * spacing - QUERY_HALF_EXTENT),
  };
}

/** Stores the logits of the given nodes. @throws {AppError} `runtime.failed` for logits that are no numbers. */
export function storeLogits(field: CubeField, nodes: Uint32Array, logits: Float32Array): void {
  if (logits.length !== nodes.length) {
    throw new AppError(
      'runtime.failed',
      `The geometry decoder returned ${logits.length} values for ${nodes.length} points; rebuild the model.`,
    );
  }
  for (let i = 0; i < nodes.length; i++) {
    const logit = logits[i]!;
    if (Number.isNaN(logit)) {
      throw new AppError(
        'runtime.failed',
        'The geometry decoder returned values that are not numbers. Where it runs in 16 bits, use the 32-bit build; ' +
          'otherwise verify the checkpoint.',
      );
    }
    field.values[nodes[i]!] = logit;
  }
}
