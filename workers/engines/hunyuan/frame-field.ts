import { AppError } from '../../../src/errors.ts';
import type { ScalarField } from '../../geometry/mesh.ts';
import type { PreparedView } from '../../imaging/prepared-view.ts';
import { surfaceBounds } from './surface-bounds.ts';

/** World coordinates of an object's two ends along one axis, as one picture shows them. */
interface SeenExtent {
  axis: 0 | 1 | 2;
  low: number;
  high: number;
}

/**
 * Moves a network's field into the frame of the prepared views. The networks keep the axes (+Y up, front towards +Z)
 * but leave the object at a place and size of their own inside the query cube.
 *
 * The scale is uniform and makes the surface's extents fit those of the silhouettes best in the sense of least
 * squares, over the width and height of every picture: where they disagree, long sides, which are known best in
 * proportion, decide. Then the centre of the surface's bounds is moved to that of the silhouettes' bounds, and to 0
 * along an axis that no picture shows.
 * @returns the same values, not copied, with another origin and spacing
 * @throws {AppError} `geometry.empty` where no sample is inside
 */
export function frameField(field: ScalarField, views: readonly PreparedView[]): ScalarField {
  const bounds = surfaceBounds(field);
  if (bounds === undefined) {
    throw new AppError(
      'geometry.empty',
      'The network found no object: expected some of the field to be positive. Use a clearer picture or another seed.',
    );
  }
  const seen = views.flatMap(seenExtents);
  let [product, square] = [0, 0];
  for (const { axis, low, high } of seen) {
    const extent = bounds.max[axis] - bounds.min[axis];
    product += (high - low) * extent;
    square += extent * extent;
  }
  const scale = product / square;
  const originOf = (axis: 0 | 1 | 2) => {
    const extents = seen.filter((extent) => extent.axis === axis);
    const target = extents.reduce((sum, { low, high }) => sum + (low + high) / 2, 0) / Math.max(1, extents.length);
    const centre = (bounds.min[axis] + bounds.max[axis]) / 2;
    return target + scale * (field.origin[axis] - centre);
  };
  return { ...field, origin: [originOf(0), originOf(1), originOf(2)], spacing: scale * field.spacing };
}

/** What a picture tells of the object's width or depth, and of its height. */
function seenExtents({ bounds, camera, image }: PreparedView): SeenExtent[] {
  const axis = Math.abs(camera.right[0]) > 0.5 ? 0 : 2;
  const across = (pixel: number) =>
    camera.target[axis] + ((2 * pixel) / image.width - 1) * camera.halfWidth * camera.right[axis];
  const height = (pixel: number) => camera.target[1] + (1 - (2 * pixel) / image.height) * camera.halfHeight;
  const [a, b] = [across(bounds.minX), across(bounds.maxX)];
  return [
    { axis, low: Math.min(a, b), high: Math.max(a, b) },
    { axis: 1, low: height(bounds.maxY), high: height(bounds.minY) },
  ];
}
