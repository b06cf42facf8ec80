import type { Graph } from '../onnx/graph.ts';
import { concat, cosine, multiply, reshape, sine } from '../onnx/ops.ts';
import { staticDim, type Value } from '../onnx/value.ts';

/**
 * Points, then the sines and then the cosines of each coordinate times 1, 2, 4, ... 2^(numFreqs - 1), coordinate by
 * coordinate. To be worked out in float32: angles reach 130 radians.
 * @param points `[points, 3]`
 * @returns `[points, 3 + 6 * numFreqs]`
 */
export function fourierFeatures(g: Graph, points: Value, numFreqs: number): Value {
  const rows = points.shape[0] ?? 0;
  const dims = staticDim(points, 1);
  const frequencies = g.constant(
    'float32',
    [1, 1, numFreqs],
    Array.from({ length: numFreqs }, (_, i) => 2 ** i),
  );
  const columns = reshape(g, points, [-1, dims, 1], [rows, dims, 1]);
  // Products, not a matrix product: that may be rounded to fewer bits on a GPU.
  const angles = reshape(g, multiply(g, columns, frequencies), [-1, dims * numFreqs], [rows, dims * numFreqs]);
  return concat(g, [points, sine(g, angles), cosine(g, angles)], 1);
}
