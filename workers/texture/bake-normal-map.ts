import { createSurfacePoint, TriangleBvh } from '../geometry/closest-point.ts';
import type { Mesh } from '../geometry/mesh.ts';
import { computeVertexNormals } from '../geometry/vertex-normals.ts';
import { computeTangents } from '../geometry/vertex-tangents.ts';
import { fillGutters } from './fill-gutters.ts';
import type { ImageRgb8 } from './image-rgb8.ts';
import { forEachTexelBand } from './rasterize-uv.ts';

/** How far, relative to the size of the mesh, a simplified surface may lie from the detail that it stands for. */
const MAX_DISTANCE_SHARE = 0.02;
/** Detail that faces another way (cosine to the surface's own normal) belongs to the other side of a thin part. */
const MIN_AGREEMENT = 0.3;

/**
 * Bakes what a simplified mesh lost into a tangent-space normal map: each texel takes the smooth normal of the nearest
 * point of the detailed surface, in the frame that `computeTangents` gives its vertices. Red is +tangent, green is
 * +bitangent (up in the picture, as glTF and OpenGL have it), blue is +normal; 128 stands for 0.
 * @param mesh with uvs and normals
 * @param detail the surface before simplification, in the same frame; normals are computed where it has none
 * @throws {AppError} `geometry.bad_shape` or `texture.bad_shape` if the mesh has no normals or no uvs
 */
export function bakeNormalMap(mesh: Mesh, detail: Mesh, size: number): ImageRgb8 {
  const tangents = computeTangents(mesh);
  const normals = mesh.normals ?? computeVertexNormals(mesh);
  const detailNormals = detail.normals ?? computeVertexNormals(detail);
  const bvh = new TriangleBvh(detail);
  const maxDistance = MAX_DISTANCE_SHARE * diagonal(mesh.positions);
  const { positions, indices } = mesh;
  const pixels = new Uint8Array(3 * size * size);
  const known = new Uint8Array(size * size);
  const found = createSurfacePoint();

  forEachTexelBand(mesh, size, ({ firstRow, faceId, barycentrics }) => {
    const first = size * firstRow;
    for (let i = 0; i < faceId.length; i++) {
      const face = faceId[i]!;
      if (face < 0) {
        found.face = -1;
        continue;
      }
      known[first + i] = 1;
      const a = indices[3 * face]!;
      const b = indices[3 * face + 1]!;
      const c = indices[3 * face + 2]!;
      const wb = barycentrics[2 * i]!;
      const wc = barycentrics[2 * i + 1]!;
      const wa = 1 - wb - wc;
      const x = wa * positions[3 * a]! + wb * positions[3 * b]! + wc * positions[3 * c]!;
      const y = wa * positions[3 * a + 1]! + wb * positions[3 * b + 1]! + wc * positions[3 * c + 1]!;
      const z = wa * positions[3 * a + 2]! + wb * positions[3 * b + 2]! + wc * positions[3 * c + 2]!;
      let nx = wa * normals[3 * a]! + wb * normals[3 * b]! + wc * normals[3 * c]!;
      let ny = wa * normals[3 * a + 1]! + wb * normals[3 * b + 1]! + wc * normals[3 * c + 1]!;
      let nz = wa * normals[3 * a + 2]! + wb * normals[3 * b + 2]! + wc * normals[3 * c + 2]!;
      let scale = 1 / (Math.sqrt(nx * nx + ny * ny + nz * nz) || 1);
      nx *= scale;
      ny *= scale;
      nz *= scale;

      let mx = 0;
      let my = 0;
      let mz = 1;
      if (bvh.closestPoint(x, y, z, maxDistance, found, found.face)) {
        const da = 3 * detail.indices[3 * found.face]!;
        const db = 3 * detail.indices[3 * found.face + 1]!;
        const dc = 3 * detail.indices[3 * found.face + 2]!;
        const u = 1 - found.v - found.w;
        let dx = u * detailNormals[da]! + found.v * detailNormals[db]! + found.w * detailNormals[dc]!;
        let dy = u * detailNormals[da + 1]! + found.v * detailNormals[db + 1]! + found.w * detailNormals[dc + 1]!;
        let dz = u * detailNormals[da + 2]! + found.v * detailNormals[db + 2]! + found.w * detailNormals[dc + 2]!;
        scale = 1 / (Math.sqrt(dx * dx + dy * dy + dz * dz) || 1);
        dx *= scale;
        dy *= scale;
        dz *= scale;
        const agreement = dx * nx + dy * ny + dz * nz;
        if (agreement > MIN_AGREEMENT) {
          // tangents interpolate as in shaders; orthogonal to the normal only at the vertices
          let tx = wa * tangents[4 * a]! + wb * tangents[4 * b]! + wc * tangents[4 * c]!;
          let ty = wa * tangents[4 * a + 1]! + wb * tangents[4 * b + 1]! + wc * tangents[4 * c + 1]!;
          let tz = wa * tangents[4 * a + 2]! + wb * tangents[4 * b + 2]! + wc * tangents[4 * c + 2]!;
          const along = tx * nx + ty * ny + tz * nz;
          tx -= along * nx;
          ty -= along * ny;
          tz -= along * nz;
          scale = 1 / (Math.sqrt(tx * tx + ty * ty + tz * tz) || 1);
          tx *= scale;
          ty *= scale;
          tz *= scale;
          const sign = tangents[4 * a + 3]!;
          mx = dx * tx + dy * ty + dz * tz;
          my = sign * (dx * (ny * tz - nz * ty) + dy * (nz * tx - nx * tz) + dz * (nx * ty - ny * tx));
          mz = agreement;
        }
      }
      pixels[3 * (first + i)] = encode(mx);
      pixels[3 * (first + i) + 1] = encode(my);
      pixels[3 * (first + i) + 2] = encode(mz);
    }
  });
  const image = { width: size, height: size, pixels };
  fillGutters(image, known);
  return image;
}

/** -1 to 1 as 1 to 255, so that 0 is exactly 128. */
function encode(component: number): number {
  return Math.round(128 + 127 * Math.min(1, Math.max(-1, component)));
}

function diagonal(positions: Float32Array): number {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i++) {
    const k = i % 3;
    if (positions[i]! < min[k]!) min[k] = positions[i]!;
    if (positions[i]! > max[k]!) max[k] = positions[i]!;
  }
  return Math.hypot(max[0]! - min[0]!, max[1]! - min[1]!, max[2]! - min[2]!);
}
