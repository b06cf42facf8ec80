import type { Mesh } from './mesh.ts';

export interface SmoothOptions {
  /** Pairs of one shrinking and one growing step. */
  iterations: number;
  /** Step of the shrinking passes, 0 to 1. */
  lambda: number;
  /** Step of the growing passes; a little more than `lambda`, so that low frequencies keep their size. */
  mu: number;
  /** No vertex ends farther than this from where it was, in world units. */
  maxDisplacement: number;
}

/** Taubin's filter with a pass band of 1 / 0.5 - 1 / 0.53 = 0.11 keeps features of about ten edges and more. */
export const SMOOTH_DEFAULTS: SmoothOptions = {
  iterations: 4,
  lambda: 0.5,
  mu: 0.53,
  maxDisplacement: Number.POSITIVE_INFINITY,
};

/**
 * Smooths without shrinking: alternating Laplacian steps inward and outward (Taubin, A Signal Processing Approach to
 * Fair Surface Design, 1995) with equal weights, which also evens out the slivers of an extracted surface.
 * @param mesh a closed surface with consistent winding (each neighbour of a vertex is seen once)
 * @returns the same triangles with moved vertices, without normals
 */
export function smoothMesh(mesh: Pick<Mesh, 'positions' | 'indices'>, options: Partial<SmoothOptions> = {}): Mesh {
  const { iterations, lambda, mu, maxDisplacement } = { ...SMOOTH_DEFAULTS, ...options };
  const { indices } = mesh;
  const positions = mesh.positions.slice();
  const neighbours = new Float32Array(positions.length / 3);
  for (let i = 0; i < indices.length; i++) neighbours[indices[i]!]!++;
  const sums = new Float32Array(positions.length);
  for (let pass = 0; pass < 2 * iterations; pass++) {
    stepToNeighbours(positions, indices, neighbours, sums, pass % 2 === 0 ? lambda : -mu);
  }
  if (Number.isFinite(maxDisplacement)) limitDisplacement(positions, mesh.positions, maxDisplacement);
  return { positions, indices: indices.slice() };
}

/** Moves every vertex by `share` of the way to the mean of its neighbours. */
function stepToNeighbours(
  positions: Float32Array,
  indices: Uint32Array,
  neighbours: Float32Array,
  sums: Float32Array,
  share: number,
): void {
  sums.fill(0);
  for (let f = 0; f < indices.length; f += 3) {
    const a = 3 * indices[f]!;
    const b = 3 * indices[f + 1]!;
    const c = 3 * indices[f + 2]!;
    // One direction of each edge; its other face adds the other.
    for (let k = 0; k < 3; k++) {
      sums[a + k]! += positions[b + k]!;
      sums[b + k]! += positions[c + k]!;
      sums[c + k]! += positions[a + k]!;
    }
  }
  for (let v = 0; v < neighbours.length; v++) {
    const count = neighbours[v]!;
    if (count === 0) continue;
    for (let i = 3 * v; i < 3 * v + 3; i++) positions[i]! += share * (sums[i]! / count - positions[i]!);
  }
}

function limitDisplacement(positions: Float32Array, original: Float32Array, limit: number): void {
  for (let i = 0; i < positions.length; i += 3) {
    const dx = positions[i]! - original[i]!;
    const dy = positions[i + 1]! - original[i + 1]!;
    const dz = positions[i + 2]! - original[i + 2]!;
    const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
    if (length <= limit) continue;
    const scale = limit / length;
    positions[i] = original[i]! + dx * scale;
    positions[i + 1] = original[i + 1]! + dy * scale;
    positions[i + 2] = original[i + 2]! + dz * scale;
  }
}
