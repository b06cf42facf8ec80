import type { Mesh } from './mesh.ts';

/**
 * How long an edge may be near each face so that it stays within `tolerance` of the curved surface: the chord of a
 * circle of curvature k leaves it by k * length^2 / 8. The curvature at a vertex is the mean turn of the normal over
 * the mean distance to its neighbours; the largest of a face's corners counts. Infinite where the surface is flat.
 * @param mesh closed, with normals
 * @param tolerance in world units
 * @returns world units per face, length m
 */
export function computeChordLengths(mesh: Mesh & { normals: Float32Array }, tolerance: number): Float32Array {
  const { positions, indices, normals } = mesh;
  const turns = new Float32Array(positions.length / 3);
  const distances = new Float32Array(positions.length / 3);
  for (let h = 0; h < indices.length; h++) {
    const a = indices[h]!;
    const b = indices[h % 3 === 2 ? h - 2 : h + 1]!;
    // Its other face adds the edge to the other end.
    turns[a]! += distance(normals, a, b);
    distances[a]! += distance(positions, a, b);
  }
  const lengths = new Float32Array(indices.length / 3);
  for (let f = 0; f < lengths.length; f++) {
    let curvature = 0;
    for (let h = 3 * f; h < 3 * f + 3; h++)
      curvature = Math.max(curvature, turns[indices[h]!]! / distances[indices[h]!]!);
    lengths[f] = Math.sqrt((8 * tolerance) / curvature);
  }
  return lengths;
}

function distance(values: Float32Array, a: number, b: number): number {
  const dx = values[3 * a]! - values[3 * b]!;
  const dy = values[3 * a + 1]! - values[3 * b + 1]!;
  const dz = values[3 * a + 2]! - values[3 * b + 2]!;
  return Math.sqrt(dx * dx + dy * dy + dz * dz);
}
