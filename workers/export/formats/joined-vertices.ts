import type { Mesh } from '../../geometry/mesh.ts';
import { weldVertices } from '../../geometry/weld.ts';

export interface JoinedVertices {
  /** One vertex per point, without the splits along chart borders; faces in the order of the source. */
  positions: Float32Array;
  indices: Uint32Array;
  /** For each vertex one of the source's vertices at the same point. */
  source: Uint32Array;
}

/** Joins what was split along chart borders, for formats whose readers test whether a surface is closed. */
export function joinVertices(mesh: Mesh): JoinedVertices {
  const { positions, indices } = weldVertices(mesh);
  const source = new Uint32Array(positions.length / 3);
  for (let i = indices.length - 1; i >= 0; i--) source[indices[i]!] = mesh.indices[i]!;
  return { positions, indices, source };
}
