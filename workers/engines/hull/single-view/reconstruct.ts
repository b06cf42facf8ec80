import { AppError } from '../../../../src/errors.ts';
import type { ScalarField } from '../../../geometry/mesh.ts';
import type { PreparedView } from '../../../imaging/prepared-view.ts';
import type { EngineContext } from '../../engine.ts';
import { DEFAULT_CELLS } from '../volume-grid.ts';
import { buildField } from './build-field.ts';
import { buildRelief } from './build-relief.ts';

/**
 * A shape from a picture of the front, and perhaps one of the back, without any of a side.
 *
 * Depth is what such pictures do not show. It is taken from the outline, every part being about as deep as it is
 * wide, and from the shading, which tells round parts from upright cylinders and from flat faces. The shape is
 * symmetric about the plane z = 0 unless the two pictures differ.
 * @param views the front picture, then perhaps the back picture
 * @throws {AppError} `geometry.empty` where the front picture covers nothing.
 */
export function reconstructFromFront(views: readonly PreparedView[], context: EngineContext): ScalarField {
  const relief = buildRelief(views);
  context.onProgress(0.5);
  if (!relief.distance.some((d) => d > 0)) {
    throw new AppError('geometry.empty', 'The front picture covers nothing, so there is no shape to build from it.');
  }
  const field = buildField(relief, context.options.octree_resolution ?? DEFAULT_CELLS);
  context.onProgress(1);
  return field;
}
