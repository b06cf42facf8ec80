import { MeshoptSimplifier } from 'meshoptimizer';
import { compactMesh } from './compact-mesh.ts';
import type { Mesh } from './mesh.ts';
import { measureTopology } from './mesh-topology.ts';
import { repairManifold } from './repair-manifold.ts';

export interface SimplifyOptions {
  /** Triangles to reach; a mesh that has no more is returned as it is. */
  targetFaces: number;
  /** Prefers even triangles to the smallest error, about eight times as large. */
  regularize?: boolean;
}

/**
 * Merges vertices by quadric error (meshoptimizer) until the target is reached. The vertices that stay do not move.
 *
 * Merging can pinch a thin tube or sheet to an edge of four faces. Such places are repaired, which adds a few faces,
 * and what is enclosed by nothing is dropped, so a thin part may lose a little.
 * @param mesh a closed manifold; only positions and indices are used
 * @returns a closed manifold with outward winding of about the target's faces
 */
export async function simplifyMesh(mesh: Pick<Mesh, 'positions' | 'indices'>, options: SimplifyOptions): Promise<Mesh> {
  const { positions, indices } = mesh;
  const targetIndices = 3 * Math.max(4, Math.floor(options.targetFaces));
  if (indices.length <= targetIndices) return compactMesh({ positions, indices });
  await MeshoptSimplifier.ready;
  // An error of 1 is the size of the mesh: the count alone ends it.
  const [simplified] = MeshoptSimplifier.simplify(
    indices,
    positions,
    3,
    targetIndices,
    1,
    options.regularize ? ['Regularize'] : [],
  );
  const result = compactMesh({ positions, indices: simplified });
  const { watertight, windingConsistent, nonManifoldVertices, degenerateFaces } = measureTopology(result);
  const isSound = watertight && windingConsistent && nonManifoldVertices === 0 && degenerateFaces === 0;
  return isSound ? result : repairManifold(result);
}
