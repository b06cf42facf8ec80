import type { Mesh } from './mesh.ts';

/**
 * Smooth unit normals: the mean of the face normals around each vertex, weighted by the angle of each face there
 * (Thuermer and Wuethrich 1998). Unlike area weights they do not depend on how a flat region is cut into triangles, so
 * the slivers of an extracted surface leave no trace. A vertex without usable faces gets (0, 1, 0).
 * @returns xyz per vertex, length 3n
 */
export function computeVertexNormals({ positions, indices }: Pick<Mesh, 'positions' | 'indices'>): Float32Array {
  const sums = new Float64Array(positions.length);
  for (let f = 0; f < indices.length; f += 3) {
    const a = 3 * indices[f]!;
    const b = 3 * indices[f + 1]!;
    const c = 3 * indices[f + 2]!;
    const ux = positions[b]! - positions[a]!;
    const uy = positions[b + 1]! - positions[a + 1]!;
    const uz = positions[b + 2]! - positions[a + 2]!;
    const vx = positions[c]! - positions[a]!;
    const vy = positions[c + 1]! - positions[a + 1]!;
    const vz = positions[c + 2]! - positions[a + 2]!;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    const doubleArea = Math.sqrt(nx * nx + ny * ny + nz * nz);
    if (!(doubleArea > 0)) continue;
    // tan(angle) = |cross| / dot, and the cross product of any two sides has the length of the doubled area.
    const uv = ux * vx + uy * vy + uz * vz;
    const uu = ux * ux + uy * uy + uz * uz;
    const vv = vx * vx + vy * vy + vz * vz;
    const angleA = Math.atan2(doubleArea, uv) / doubleArea;
    const angleB = Math.atan2(doubleArea, uu - uv) / doubleArea;
    const angleC = Math.atan2(doubleArea, vv - uv) / doubleArea;
    sums[a]! += nx * angleA;
    sums[a + 1]! += ny * angleA;
    sums[a + 2]! += nz * angleA;
    sums[b]! += nx * angleB;
    sums[b + 1]! += ny * angleB;
    sums[b + 2]! += nz * angleB;
    sums[c]! += nx * angleC;
    sums[c + 1]! += ny * angleC;
    sums[c + 2]! += nz * angleC;
  }
  const normals = new Float32Array(positions.length);
  for (let i = 0; i < sums.length; i += 3) {
    const length = Math.sqrt(sums[i]! ** 2 + sums[i + 1]! ** 2 + sums[i + 2]! ** 2);
    normals[i] = length > 0 ? sums[i]! / length : 0;
    normals[i + 1] = length > 0 ? sums[i + 1]! / length : 1;
    normals[i + 2] = length > 0 ? sums[i + 2]! / length : 0;
  }
  return normals;
}
