import { VERSION } from '../../../src/version.ts';
import { measureBounds } from '../bounds.ts';
import type { BuiltFile, ExportModel } from './export-model.ts';
import { joinVertices } from './joined-vertices.ts';
import { orientMesh } from './orient-mesh.ts';
import { sampleVertexColors } from './sample-vertex-colors.ts';

const VECTOR_BYTES = 12;
const COLOR_BYTES = 3;
const FACE_BYTES = 13;

/**
 * Binary little-endian PLY with one vertex per point: position, normal and, where there is a base colour, its value
 * there in sRGB.
 */
export function buildPly({ mesh, textures, up, unit }: ExportModel): BuiltFile {
  const { normals, uvs, ...oriented } = orientMesh(mesh, { up, unit });
  const { positions, indices, source } = joinVertices(oriented);
  const colors = textures && uvs && sampleVertexColors(textures.pixels.baseColor, uvs);
  const vertices = source.length;
  const faces = indices.length / 3;
  const header = new TextEncoder().encode(
    [
      'ply',
      'format binary_little_endian 1.0',
      `comment hy3d ${VERSION} unit=${unit} up=${up}`,
      `element vertex ${vertices}`,
      ...['x', 'y', 'z', 'nx', 'ny', 'nz'].map((name) => `property float ${name}`),
      ...(colors ? ['red', 'green', 'blue'].map((name) => `property uchar ${name}`) : []),
      `element face ${faces}`,
      'property list uchar int vertex_indices',
      'end_header\n',
    ].join('\n'),
  );
  const vertexBytes = 2 * VECTOR_BYTES + (colors ? COLOR_BYTES : 0);
  const bytes = new Uint8Array(header.length + vertexBytes * vertices + FACE_BYTES * faces);
  const view = new DataView(bytes.buffer);
  bytes.set(header);
  let at = header.length;
  for (let v = 0; v < vertices; v++) {
    const from = source[v]!;
    for (let axis = 0; axis < 3; axis++) {
      view.setFloat32(at + 4 * axis, positions[3 * v + axis]!, true);
      view.setFloat32(at + VECTOR_BYTES + 4 * axis, normals[3 * from + axis]!, true);
      if (colors) bytes[at + 2 * VECTOR_BYTES + axis] = colors[3 * from + axis]!;
    }
    at += vertexBytes;
  }
  for (let face = 0; face < faces; face++) {
    bytes[at] = 3;
    for (let corner = 0; corner < 3; corner++) view.setInt32(at + 1 + 4 * corner, indices[3 * face + corner]!, true);
    at += FACE_BYTES;
  }
  return { bytes, holds: { faces, bounds: measureBounds(positions), textures: 0 } };
}
