import type { Mesh } from './mesh.ts';

/** A copy without the vertices that no face uses; the others keep their order. Normals and uvs are kept. */
export function compactMesh(mesh: Mesh): Mesh {
  const vertexCount = mesh.positions.length / 3;
  const target = new Int32Array(vertexCount).fill(-1);
  for (let i = 0; i < mesh.indices.length; i++) target[mesh.indices[i]!] = 0;
  let kept = 0;
  for (let v = 0; v < vertexCount; v++) if (target[v] === 0) target[v] = kept++;

  const gather = (source: Float32Array, size: number): Float32Array => {
    const result = new Float32Array(size * kept);
    for (let v = 0; v < vertexCount; v++) {
      const to = target[v]!;
      if (to >= 0) for (let k = 0; k < size; k++) result[size * to + k] = source[size * v + k]!;
    }
    return result;
  };
  return {
    positions: gather(mesh.positions, 3),
    indices: mesh.indices.map((v) => target[v]!),
    ...(mesh.normals && { normals: gather(mesh.normals, 3) }),
    ...(mesh.uvs && { uvs: gather(mesh.uvs, 2) }),
  };
}
