import { MeshoptSimplifier, type SimplifierFlags } from 'meshoptimizer';
import { compactMesh } from './compact-mesh.ts';
import type { Mesh } from './mesh.ts';
import { countParts, type MeshTopology, measureTopology } from './mesh-topology.ts';
import { repairManifold } from './repair-manifold.ts';

export interface SimplifyOptions {
  /** Triangles to reach; a mesh that has no more is returned as it is. */
  targetFaces: number;
  /** Tries even triangles first, which have up to eight times the error. */
  regularize?: boolean;
}

/** What is tried in turn: how many times the target, and whether for even triangles. */
const ATTEMPTS = [
  { excess: 1, isRegular: true },
  { excess: 1, isRegular: false },
  { excess: 2, isRegular: false },
];

/**
 * Merges vertices by quadric error (meshoptimizer) down to a number of triangles. The vertices that stay do not move.
 *
 * meshoptimizer does not test the link condition: it can pinch a thin tube or sheet to an edge of four faces, or lose
 * a small part. The first attempt whose result is a closed manifold with the parts and handles of the input is taken;
 * the last one stops at twice the target and is repaired, which may cut a pinched part in two. Callers that need
 * the exact count go on with merges that keep the topology (`remeshIsotropic`).
 * @param mesh a closed manifold without unused vertices; only positions and indices are used
 * @returns a closed manifold with outward winding
 */
export async function simplifyMesh(mesh: Pick<Mesh, 'positions' | 'indices'>, options: SimplifyOptions): Promise<Mesh> {
  const { positions, indices } = mesh;
  const targetFaces = Math.max(4, Math.floor(options.targetFaces));
  if (indices.length <= 3 * targetFaces) return compactMesh({ positions, indices });
  await MeshoptSimplifier.ready;
  const parts = countParts(indices, positions.length / 3);
  // Vertices - edges + faces, where each face has three halves of edges.
  const eulerCharacteristic = positions.length / 3 - indices.length / 6;
  let result: Mesh = mesh;
  for (const { excess, isRegular } of ATTEMPTS) {
    if (isRegular && !options.regularize) continue;
    const targetIndices = Math.min(3 * excess * targetFaces, indices.length);
    // An error of 1 is the size of the mesh: the count alone ends it.
    const flags: SimplifierFlags[] = isRegular ? ['Regularize'] : [];
    const [simplified] = MeshoptSimplifier.simplify(indices, positions, 3, targetIndices, 1, flags);
    result = compactMesh({ positions, indices: simplified });
    const topology = measureTopology(result);
    const isAlike = topology.components === parts && topology.eulerCharacteristic === eulerCharacteristic;
    if (isAlike && isClosedManifold(topology)) return result;
  }
  return repairManifold(result);
}

function isClosedManifold(topology: MeshTopology): boolean {
  return topology.watertight && topology.windingConsistent && topology.nonManifoldVertices === 0;
}
