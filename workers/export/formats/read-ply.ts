import { measureBounds } from '../bounds.ts';
import { broken } from './broken-file.ts';
import type { FileFacts } from './export-model.ts';

const HEADER_END = 'end_header\n';
const FACE_BYTES = 13;
const PROPERTY_BYTES: Readonly<Record<string, number>> = { float: 4, uchar: 1 };

/**
 * Reads the kind of PLY that is written here: binary, vertices of floats and bytes that begin with x, y and z, and
 * triangles.
 * @throws {AppError} `export.invalid` for another kind, a wrong length or faces beyond the vertices
 */
export function readPly(bytes: Uint8Array): FileFacts {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(HEADER_END) + HEADER_END.length;
  const header = new TextDecoder().decode(bytes.subarray(0, start));
  const vertices = Number(/\nelement vertex (\d+)\n/.exec(header)?.[1]);
  const faces = Number(/\nelement face (\d+)\n/.exec(header)?.[1]);
  const properties = [...header.matchAll(/\nproperty (float|uchar) \w+/g)];
  const vertexBytes = properties.reduce((sum, [, type]) => sum + (PROPERTY_BYTES[type ?? ''] ?? 0), 0);
  const facesStart = start + vertexBytes * vertices;
  if (bytes.length !== facesStart + FACE_BYTES * faces) {
    throw broken('PLY', `${bytes.length} bytes for ${vertices} vertices and ${faces} faces`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const positions = new Float32Array(3 * vertices);
  for (let i = 0; i < positions.length; i++) {
    positions[i] = view.getFloat32(start + vertexBytes * Math.floor(i / 3) + 4 * (i % 3), true);
  }
  for (let i = 0; i < 3 * faces; i++) {
    const vertex = view.getInt32(facesStart + FACE_BYTES * Math.floor(i / 3) + 1 + 4 * (i % 3), true);
    if (vertex < 0 || vertex >= vertices) throw broken('PLY', `vertex ${vertex} of ${vertices}`);
  }
  return { faces, bounds: measureBounds(positions), textures: 0 };
}
