import { measureBounds } from '../bounds.ts';
import { broken } from './broken-file.ts';
import { STL_FACE_BYTES, STL_HEADER_BYTES } from './build-stl.ts';
import type { FileFacts } from './export-model.ts';

/** @throws {AppError} `export.invalid` if the length is not that of its number of faces */
export function readStl(bytes: Uint8Array): FileFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const faces = bytes.length < STL_HEADER_BYTES ? 0 : view.getUint32(80, true);
  const expected = STL_HEADER_BYTES + STL_FACE_BYTES * faces;
  if (bytes.length !== expected) throw broken('STL', `${bytes.length} bytes for ${faces} faces, expected ${expected}`);
  const corners = new Float32Array(9 * faces);
  for (let i = 0; i < corners.length; i++) {
    const at = STL_HEADER_BYTES + STL_FACE_BYTES * Math.floor(i / 9) + 12 + 4 * (i % 9);
    corners[i] = view.getFloat32(at, true);
  }
  return { faces, bounds: measureBounds(corners), textures: 0 };
}
