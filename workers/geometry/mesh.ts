/**
 * The mesh and field types that all geometry shares.
 *
 * Frame of the whole program: right-handed, +Y up, the object faces +Z, counter-clockwise front faces seen from
 * outside, the object fits [-1, 1]. UV origin as in glTF: (0, 0) is the upper left corner of the image.
 */
export interface Mesh {
  /** xyz per vertex, length 3n. */
  positions: Float32Array;
  /** Three vertex indices per triangle, length 3m. */
  indices: Uint32Array;
  /** Unit vectors, xyz per vertex, length 3n. */
  normals?: Float32Array;
  /** uv per vertex, length 2n. A mesh with uvs has its vertices split along chart borders. */
  uvs?: Float32Array;
}

/**
 * A scalar field sampled on grid corners. Positive inside, negative outside; sample (x, y, z) stands at
 * `values[x + dims[0] * (y + dims[1] * z)]` and at world position `origin + spacing * (x, y, z)`.
 */
export interface ScalarField {
  values: Float32Array;
  /** Samples along x, y, z. */
  dims: readonly [number, number, number];
  /** World position of sample (0, 0, 0). */
  origin: readonly [number, number, number];
  /** World distance between neighbouring samples. */
  spacing: number;
}
