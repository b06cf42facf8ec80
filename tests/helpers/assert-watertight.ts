import { expect } from 'bun:test';
import type { Mesh } from '../../workers/geometry/mesh.ts';
import { type MeshTopology, measureTopology } from '../../workers/geometry/mesh-topology.ts';

/** Expects a closed manifold with outward winding and no degenerate face; returns what was measured. */
export function assertWatertight(mesh: Pick<Mesh, 'positions' | 'indices'>): MeshTopology {
  const topology = measureTopology(mesh);
  expect(topology).toMatchObject({
    boundaryEdges: 0,
    nonManifoldEdges: 0,
    nonManifoldVertices: 0,
    watertight: true,
    windingConsistent: true,
    degenerateFaces: 0,
  });
  expect(topology.volume).toBeGreaterThan(0);
  expect(mesh.positions.every(Number.isFinite)).toBe(true);
  return topology;
}
