import type { Mesh } from '../../workers/geometry/mesh.ts';

/** Origin and the three unit points, wound outward. */
export const TETRAHEDRON = {
  positions: [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1],
  indices: [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3],
} as const;

/** [0, 1]^3, vertex v at (v & 1, v >> 1 & 1, v >> 2), moved by an offset. */
export function unitCube(dx = 0, dy = 0, dz = 0): Mesh {
  const positions = new Float32Array(24);
  for (let v = 0; v < 8; v++) positions.set([(v & 1) + dx, ((v >> 1) & 1) + dy, (v >> 2) + dz], 3 * v);
  const quads = [
    [0, 4, 6, 2],
    [1, 3, 7, 5],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 2, 3, 1],
    [4, 5, 7, 6],
  ] as const;
  return { positions, indices: Uint32Array.from(quads.flatMap(([a, b, c, d]) => [a, b, c, a, c, d])) };
}

/** All triangles in one mesh; vertices stay apart. */
export function joinMeshes(...meshes: readonly Mesh[]): Mesh {
  const positions: number[] = [];
  const indices: number[] = [];
  for (const mesh of meshes) {
    const base = positions.length / 3;
    positions.push(...mesh.positions);
    indices.push(...Array.from(mesh.indices, (v) => v + base));
  }
  return { positions: Float32Array.from(positions), indices: Uint32Array.from(indices) };
}
