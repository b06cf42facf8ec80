import { AppError } from '../../src/errors.ts';
import type { Mesh } from './mesh.ts';

/**
 * Tangent frames for normal mapping: xyz is the unit tangent, w the handedness, as glTF's TANGENT attribute has them.
 *
 * A shader forms the bitangent as `w * cross(normal, tangent)`. The tangent points to growing u; the bitangent points
 * up in the picture, that is to falling v, because glTF counts v from the top. w is 1 where the texture is not
 * mirrored on the surface seen from outside. Whoever bakes a normal map for this mesh has to interpolate these
 * tangents and the mesh's normals over the faces, as shaders do.
 *
 * Follows MikkTSpace on a mesh whose vertices are already split along uv borders: every face's tangent is projected
 * into the plane of the vertex normal, normalised, weighted with the corner angle in that plane and added up. Faces
 * without an area in uv add nothing; a vertex with such faces only gets any unit vector across its normal. A vertex
 * shared by mirrored and unmirrored faces takes the side with more angle.
 *
 * @returns 4 numbers per vertex
 * @throws {AppError} `geometry.bad_shape` if the mesh has no normals or no uvs
 * @see Mikkelsen, Simulation of Wrinkled Surfaces Revisited, 2008, and the glTF 2.0 specification, section 3.7.2.1
 */
export function computeTangents(mesh: Mesh): Float32Array {
  const { positions: p, indices, normals: n, uvs } = mesh;
  const vertexCount = p.length / 3;
  if (n === undefined || n.length !== p.length || uvs === undefined || uvs.length !== vertexCount * 2) {
    throw new AppError(
      'geometry.bad_shape',
      `computeTangents: expected normals and uvs for ${vertexCount} vertices, got ${(n?.length ?? 0) / 3} normals and ${(uvs?.length ?? 0) / 2} uvs`,
    );
  }
  const sums = new Float64Array(vertexCount * 3);
  const handedness = new Float64Array(vertexCount);

  for (let f = 0; f < indices.length; f += 3) {
    const a = indices[f]!;
    const b = indices[f + 1]!;
    const c = indices[f + 2]!;
    const bu = uvs[2 * b]! - uvs[2 * a]!;
    const bv = uvs[2 * a + 1]! - uvs[2 * b + 1]!;
    const cu = uvs[2 * c]! - uvs[2 * a]!;
    const cv = uvs[2 * a + 1]! - uvs[2 * c + 1]!;
    const area = bu * cv - cu * bv;
    if (area === 0) continue;
    const side = area > 0 ? 1 : -1;
    // The direction of growing u; its length does not matter.
    const tx = side * (cv * (p[3 * b]! - p[3 * a]!) - bv * (p[3 * c]! - p[3 * a]!));
    const ty = side * (cv * (p[3 * b + 1]! - p[3 * a + 1]!) - bv * (p[3 * c + 1]! - p[3 * a + 1]!));
    const tz = side * (cv * (p[3 * b + 2]! - p[3 * a + 2]!) - bv * (p[3 * c + 2]! - p[3 * a + 2]!));
    for (let k = 0; k < 3; k++) {
      const v = indices[f + k]!;
      const angle = cornerAngle(p, n, v, indices[f + ((k + 1) % 3)]!, indices[f + ((k + 2) % 3)]!);
      const nx = n[3 * v]!;
      const ny = n[3 * v + 1]!;
      const nz = n[3 * v + 2]!;
      const d = tx * nx + ty * ny + tz * nz;
      const x = tx - d * nx;
      const y = ty - d * ny;
      const z = tz - d * nz;
      const length = Math.hypot(x, y, z);
      if (length === 0) continue;
      const weight = angle / length;
      sums[3 * v]! += weight * x;
      sums[3 * v + 1]! += weight * y;
      sums[3 * v + 2]! += weight * z;
      handedness[v]! += side * angle;
    }
  }
  return toTangents(sums, handedness, n);
}

/** Angle at v between the edges to a and b, both projected into the plane of v's normal. */
function cornerAngle(p: Float32Array, n: Float32Array, v: number, a: number, b: number): number {
  const nx = n[3 * v]!;
  const ny = n[3 * v + 1]!;
  const nz = n[3 * v + 2]!;
  let ax = p[3 * a]! - p[3 * v]!;
  let ay = p[3 * a + 1]! - p[3 * v + 1]!;
  let az = p[3 * a + 2]! - p[3 * v + 2]!;
  let bx = p[3 * b]! - p[3 * v]!;
  let by = p[3 * b + 1]! - p[3 * v + 1]!;
  let bz = p[3 * b + 2]! - p[3 * v + 2]!;
  const da = ax * nx + ay * ny + az * nz;
  const db = bx * nx + by * ny + bz * nz;
  ax -= da * nx;
  ay -= da * ny;
  az -= da * nz;
  bx -= db * nx;
  by -= db * ny;
  bz -= db * nz;
  const lengths = Math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz));
  if (lengths === 0) return 0;
  return Math.acos(Math.min(1, Math.max(-1, (ax * bx + ay * by + az * bz) / lengths)));
}

function toTangents(sums: Float64Array, handedness: Float64Array, n: Float32Array): Float32Array {
  const tangents = new Float32Array(handedness.length * 4);
  for (let v = 0; v < handedness.length; v++) {
    let x = sums[3 * v]!;
    let y = sums[3 * v + 1]!;
    let z = sums[3 * v + 2]!;
    let length = Math.hypot(x, y, z);
    if (length < 1e-12) {
      const nx = n[3 * v]!;
      const ny = n[3 * v + 1]!;
      const nz = n[3 * v + 2]!;
      // Across the normal and the axis that is farthest from it.
      if (Math.abs(nx) <= Math.abs(ny) && Math.abs(nx) <= Math.abs(nz)) [x, y, z] = [0, nz, -ny];
      else if (Math.abs(ny) <= Math.abs(nz)) [x, y, z] = [nz, 0, -nx];
      else [x, y, z] = [ny, -nx, 0];
      length = Math.hypot(x, y, z);
      if (length === 0) [x, y, z, length] = [1, 0, 0, 1];
    }
    tangents[4 * v] = x / length;
    tangents[4 * v + 1] = y / length;
    tangents[4 * v + 2] = z / length;
    tangents[4 * v + 3] = handedness[v]! < 0 ? -1 : 1;
  }
  return tangents;
}
