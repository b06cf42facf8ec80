/** What segmentation asks of every face and half-edge; all in world units. */
export interface FaceGeometry {
  faceCount: number;
  /** Unit normals, xyz per face; zero for faces without an area. */
  normals: Float64Array;
  /** Area per face. */
  areas: Float64Array;
  /** Length per half-edge. */
  lengths: Float64Array;
  totalArea: number;
}

/** Normals, areas and edge lengths of all faces. */
export function measureFaces(positions: Float32Array, indices: Uint32Array): FaceGeometry {
  const faceCount = indices.length / 3;
  const normals = new Float64Array(faceCount * 3);
  const areas = new Float64Array(faceCount);
  const lengths = new Float64Array(faceCount * 3);
  let totalArea = 0;
  for (let f = 0; f < faceCount; f++) {
    const a = 3 * indices[3 * f]!;
    const b = 3 * indices[3 * f + 1]!;
    const c = 3 * indices[3 * f + 2]!;
    const ux = positions[b]! - positions[a]!;
    const uy = positions[b + 1]! - positions[a + 1]!;
    const uz = positions[b + 2]! - positions[a + 2]!;
    const vx = positions[c]! - positions[b]!;
    const vy = positions[c + 1]! - positions[b + 1]!;
    const vz = positions[c + 2]! - positions[b + 2]!;
    const wx = ux + vx;
    const wy = uy + vy;
    const wz = uz + vz;
    lengths[3 * f] = Math.sqrt(ux * ux + uy * uy + uz * uz);
    lengths[3 * f + 1] = Math.sqrt(vx * vx + vy * vy + vz * vz);
    lengths[3 * f + 2] = Math.sqrt(wx * wx + wy * wy + wz * wz);
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    const twice = Math.sqrt(nx * nx + ny * ny + nz * nz);
    areas[f] = twice / 2;
    totalArea += twice / 2;
    if (twice === 0) continue;
    normals[3 * f] = nx / twice;
    normals[3 * f + 1] = ny / twice;
    normals[3 * f + 2] = nz / twice;
  }
  return { faceCount, normals, areas, lengths, totalArea };
}
