import { VERSION } from '../../../src/version.ts';
import { measureBounds } from '../bounds.ts';
import type { BuiltFile, ExportModel } from './export-model.ts';
import { orientMesh } from './orient-mesh.ts';

export const STL_HEADER_BYTES = 84;
export const STL_FACE_BYTES = 50;

/** Binary STL: each face with its normal and its three corners, nothing shared. */
export function buildStl({ mesh, up, unit }: ExportModel): BuiltFile {
  const { positions, indices } = orientMesh(mesh, { up, unit });
  const faces = indices.length / 3;
  const bytes = new Uint8Array(STL_HEADER_BYTES + STL_FACE_BYTES * faces);
  // A text file would begin with "solid".
  bytes.set(new TextEncoder().encode(`hy3d ${VERSION} unit=${unit} up=${up}`).subarray(0, 80));
  const view = new DataView(bytes.buffer);
  view.setUint32(80, faces, true);
  const values = new Float32Array(12);
  for (let face = 0; face < faces; face++) {
    for (let corner = 0; corner < 3; corner++) {
      const from = 3 * indices[3 * face + corner]!;
      for (let axis = 0; axis < 3; axis++) values[3 * (corner + 1) + axis] = positions[from + axis]!;
    }
    writeFaceNormal(values);
    const at = STL_HEADER_BYTES + STL_FACE_BYTES * face;
    for (let i = 0; i < 12; i++) view.setFloat32(at + 4 * i, values[i]!, true);
  }
  return { bytes, holds: { faces, bounds: measureBounds(positions), textures: 0 } };
}

/** Unit normal of the corners at 3, 6 and 9 to 0; zero for a face without area, as readers expect then. */
function writeFaceNormal(values: Float32Array): void {
  const [ax, ay, az] = [values[6]! - values[3]!, values[7]! - values[4]!, values[8]! - values[5]!];
  const [bx, by, bz] = [values[9]! - values[3]!, values[10]! - values[4]!, values[11]! - values[5]!];
  const [x, y, z] = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
  const length = Math.hypot(x, y, z) || 1;
  values[0] = x / length;
  values[1] = y / length;
  values[2] = z / length;
}
