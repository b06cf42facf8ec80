import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { computeChordLengths } from '../../../../workers/geometry/chord-lengths.ts';
import { EditableMesh } from '../../../../workers/geometry/editable-mesh.ts';
import { extractSurface } from '../../../../workers/geometry/extract-surface.ts';
import { nextHalfEdge } from '../../../../workers/geometry/half-edges.ts';
import { measureTopology } from '../../../../workers/geometry/mesh-topology.ts';
import { computeVertexNormals } from '../../../../workers/geometry/vertex-normals.ts';
import { sampleField, sphere, torus } from '../../../helpers/shapes.ts';
import { TETRAHEDRON, unitCube } from '../../../helpers/small-meshes.ts';

const ring = extractSurface(sampleField(torus(0.7, 0.3), 10));

test('any sequence of splits, flips and collapses keeps a closed manifold of the same genus', () => {
  const step = fc.tuple(fc.constantFrom('split', 'flip', 'collapse', 'collapse'), fc.nat(1_000_000));
  let collapses = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 100, maxLength: 1500 }), (steps) => {
      const mesh = new EditableMesh(ring);
      for (const [kind, pick] of steps) {
        const h = pick % mesh.halfEdgeCount;
        if (mesh.start[h]! < 0) continue;
        if (kind === 'split') mesh.splitEdge(h, 0, 0, 0);
        else if (kind === 'flip' && mesh.canFlip(h)) mesh.flipEdge(h);
        else if (kind === 'collapse' && mesh.canCollapse(h)) {
          mesh.collapseEdge(h);
          collapses++;
        }
      }
      for (let v = 0; v < mesh.vertexCount; v++) {
        if (mesh.outgoing[v]! >= 0) expect(mesh.start[mesh.outgoing[v]!]).toBe(v);
      }
      const result = mesh.toMesh();
      expect(result.indices.length).toBe(3 * mesh.faceCount);
      expect(measureTopology(result)).toMatchObject({
        watertight: true,
        windingConsistent: true,
        nonManifoldVertices: 0,
        genus: 1,
      });
    }),
    { numRuns: 40, seed: 31 },
  );
  expect(collapses).toBeGreaterThan(1000);
});

test('a split puts the vertex where it is told and keeps the volume where that is on the edge', () => {
  const mesh = new EditableMesh(unitCube());
  const [a, b] = [3 * mesh.start[0]!, 3 * mesh.end(0)];
  const [x, y, z] = [0, 1, 2].map((k) => (mesh.positions[a + k]! + mesh.positions[b + k]!) / 2);
  const vertex = mesh.splitEdge(0, x!, y!, z!);
  expect(mesh.valence(vertex)).toBe(4);
  const result = mesh.toMesh();
  expect([...result.positions.slice(3 * vertex)]).toEqual([x!, y!, z!]);
  expect(measureTopology(result)).toMatchObject({ faces: 14, genus: 0 });
  expect(measureTopology(result).volume).toBeCloseTo(1, 6);
});

test('two flips give the same quadrilateral back', () => {
  const mesh = new EditableMesh(unitCube());
  // The diagonal of the first side.
  const h = 2;
  const [a, b] = [mesh.start[h]!, mesh.end(h)];
  mesh.flipEdge(h);
  expect(mesh.hasEdge(a, b)).toBe(false);
  expect(measureTopology(mesh.toMesh()).volume).toBeCloseTo(1, 6);
  mesh.flipEdge(nextHalfEdge(h));
  expect(mesh.hasEdge(a, b)).toBe(true);
  expect(measureTopology(mesh.toMesh())).toMatchObject({ genus: 0, faces: 12 });
});

test('a tetrahedron neither collapses nor flips', () => {
  const mesh = new EditableMesh({
    positions: Float32Array.from(TETRAHEDRON.positions),
    indices: Uint32Array.from(TETRAHEDRON.indices),
  });
  for (let h = 0; h < 12; h++) expect([mesh.canCollapse(h), mesh.canFlip(h)]).toEqual([false, false]);
});

test('a mesh with a hole is refused', () => {
  const { positions, indices } = unitCube();
  expect(() => new EditableMesh({ positions, indices: indices.slice(3) })).toThrow('closed manifold');
});

test('chord lengths on a sphere follow from its radius', () => {
  const mesh = extractSurface(sampleField(sphere(0.8), 40));
  const lengths = computeChordLengths({ ...mesh, normals: computeVertexNormals(mesh) }, 0.01).toSorted();
  const expected = Math.sqrt(8 * 0.01 * 0.8);
  // Slivers of the extraction scatter the estimate.
  expect(Math.abs(lengths[lengths.length >> 1]! - expected)).toBeLessThan(0.1 * expected);
});

test('chord lengths of flat parts are unbounded', () => {
  const { positions, indices } = unitCube();
  const normals = new Float32Array(24).fill(1 / Math.sqrt(3));
  expect(
    [...computeChordLengths({ positions, indices, normals }, 0.1)].every((l) => l === Number.POSITIVE_INFINITY),
  ).toBe(true);
});
