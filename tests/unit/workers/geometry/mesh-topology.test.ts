import { expect, test } from 'bun:test';
import { measureTopology } from '../../../../workers/geometry/mesh-topology.ts';
import { assertClose } from '../../../helpers/assert-close.ts';
import { TETRAHEDRON, unitCube } from '../../../helpers/small-meshes.ts';

const meshOf = (positions: readonly number[], indices: readonly number[]) => ({
  positions: Float32Array.from(positions),
  indices: Uint32Array.from(indices),
});

test('a cube is watertight, of genus 0, with volume 1 and area 6', () => {
  const topology = measureTopology(unitCube());
  expect(topology).toMatchObject({
    vertices: 8,
    faces: 12,
    boundaryEdges: 0,
    nonManifoldEdges: 0,
    nonManifoldVertices: 0,
    watertight: true,
    windingConsistent: true,
    components: 1,
    eulerCharacteristic: 2,
    genus: 0,
    degenerateFaces: 0,
  });
  assertClose(topology.volume, 1, 1e-6);
  assertClose(topology.area, 6, 1e-6);
});

test('turned faces give a negative volume', () => {
  const cube = unitCube();
  assertClose(measureTopology({ ...cube, indices: cube.indices.toReversed() }).volume, -1, 1e-6);
});

test('a missing face leaves three boundary edges and no genus', () => {
  const cube = unitCube();
  expect(measureTopology({ ...cube, indices: cube.indices.slice(3) })).toMatchObject({
    boundaryEdges: 3,
    watertight: false,
    genus: null,
  });
});

test('one face the wrong way round is noticed', () => {
  const { positions, indices } = unitCube();
  indices.set([indices[1]!, indices[0]!, indices[2]!]);
  expect(measureTopology({ positions, indices })).toMatchObject({ watertight: true, windingConsistent: false });
});

test('two tetrahedra on one edge have a non-manifold edge', () => {
  const second = TETRAHEDRON.indices.map((v) => (v < 2 ? v : v + 2));
  const positions = [...TETRAHEDRON.positions, 0, -1, 0, 0, 0, -1];
  expect(measureTopology(meshOf(positions, [...TETRAHEDRON.indices, ...second]))).toMatchObject({
    nonManifoldEdges: 1,
    watertight: false,
    components: 1,
  });
});

test('two tetrahedra on one vertex have a non-manifold vertex and are still watertight', () => {
  const second = TETRAHEDRON.indices.map((v) => (v === 0 ? 0 : v + 3));
  const positions = [...TETRAHEDRON.positions, -1, 0, 0, 0, -1, 0, 0, 0, -1];
  expect(measureTopology(meshOf(positions, [...TETRAHEDRON.indices, ...second]))).toMatchObject({
    nonManifoldVertices: 1,
    watertight: true,
    genus: null,
  });
});

test('faces without area and unused vertices are told apart', () => {
  const positions = [...TETRAHEDRON.positions, 9, 9, 9, 2, 0, 0];
  const topology = measureTopology(meshOf(positions, [...TETRAHEDRON.indices, 0, 0, 1, 0, 1, 5]));
  expect(topology).toMatchObject({ vertices: 5, degenerateFaces: 2 });
});

test('an empty mesh is not watertight', () => {
  expect(measureTopology(meshOf([], []))).toMatchObject({ faces: 0, components: 0, watertight: false });
});
