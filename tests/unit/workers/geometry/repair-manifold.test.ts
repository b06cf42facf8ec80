import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Mesh } from '../../../../workers/geometry/mesh.ts';
import { measureTopology } from '../../../../workers/geometry/mesh-topology.ts';
import { repairManifold } from '../../../../workers/geometry/repair-manifold.ts';
import { weldVertices } from '../../../../workers/geometry/weld.ts';
import { assertClose } from '../../../helpers/assert-close.ts';
import { assertWatertight } from '../../../helpers/assert-watertight.ts';
import { joinMeshes, unitCube } from '../../../helpers/small-meshes.ts';

/** Closed and manifold as connected, and again after vertices at one place are joined, as other programs do. */
function repairAndCheck(mesh: Mesh) {
  const repaired = repairManifold(mesh);
  const topology = assertWatertight(repaired);
  assertWatertight(weldVertices(repaired));
  return topology;
}

describe('repairManifold', () => {
  test('leaves a sound mesh as it is', () => {
    const cube = unitCube();
    const repaired = repairManifold(cube);
    expect(repaired.positions).toEqual(cube.positions);
    expect(repaired.indices).toEqual(cube.indices);
  });

  test('joins a triangle soup', () => {
    const { positions, indices } = unitCube();
    const soup = {
      positions: Float32Array.from(Array.from(indices).flatMap((v) => [...positions.slice(3 * v, 3 * v + 3)])),
      indices: Uint32Array.from(indices, (_, i) => i),
    };
    expect(repairAndCheck(soup)).toMatchObject({ vertices: 8, faces: 12, components: 1 });
  });

  test('drops repeated indices, doubled faces, faces back to back and faces that are not finite', () => {
    const cube = unitCube();
    const positions = Float32Array.of(...cube.positions, Number.NaN, 0, 0, 3, 3, 3);
    const indices = Uint32Array.of(
      ...cube.indices,
      ...[1, 1, 2],
      ...cube.indices.slice(0, 3),
      ...[0, 1, 8],
      ...[0, 3, 9, 0, 9, 3],
    );
    expect(repairAndCheck({ positions, indices })).toMatchObject({ vertices: 8, faces: 12 });
  });

  test('turns single faces and whole meshes outward', () => {
    const { positions, indices } = unitCube();
    for (const face of [0, 5]) {
      indices.set([indices[3 * face + 1]!, indices[3 * face]!, indices[3 * face + 2]!], 3 * face);
    }
    assertClose(repairAndCheck({ positions, indices }).volume, 1, 1e-6);
    assertClose(repairAndCheck({ positions, indices: unitCube().indices.toReversed() }).volume, 1, 1e-6);
  });

  test('keeps a hollow inside a part', () => {
    const inner = unitCube();
    const hollow = { positions: inner.positions.map((p) => 0.25 + p / 2), indices: inner.indices.toReversed() };
    const topology = repairAndCheck(joinMeshes(unitCube(), hollow));
    expect(topology.components).toBe(2);
    assertClose(topology.volume, 1 - 0.125, 1e-6);
  });

  test('takes cubes that touch at an edge or a corner apart', () => {
    for (const second of [unitCube(1, 1, 0), unitCube(1, 1, 1)]) {
      const topology = repairAndCheck(joinMeshes(unitCube(), second));
      expect(topology.components).toBe(2);
      assertClose(topology.volume, 2, 0.03);
    }
  });

  test('joins cubes that share a whole face', () => {
    const topology = repairAndCheck(joinMeshes(unitCube(), unitCube(1, 0, 0)));
    expect(topology).toMatchObject({ components: 1, genus: 0 });
    assertClose(topology.volume, 2, 1e-6);
  });

  test('a ring of cubes that meets itself at an edge becomes a closed manifold', () => {
    // Two cubes that touch along an edge, joined by three cubes above.
    const topology = repairAndCheck(
      joinMeshes(unitCube(0, 0, 0), unitCube(1, 1, 0), unitCube(0, 0, 1), unitCube(1, 0, 1), unitCube(1, 1, 1)),
    );
    expect(topology.components).toBe(1);
    assertClose(topology.volume, 5, 0.02);
  });

  test('closes holes', () => {
    const { positions, indices } = unitCube();
    expect(repairAndCheck({ positions, indices: indices.slice(3) })).toMatchObject({ components: 1, genus: 0 });
    // A whole side.
    assertClose(repairAndCheck({ positions, indices: indices.slice(6) }).volume, 1, 1e-6);
  });

  test('an empty mesh stays empty', () => {
    const empty = { positions: new Float32Array(0), indices: new Uint32Array(0) };
    expect(repairManifold(empty).indices.length).toBe(0);
  });

  test('any pile of unit cubes with some faces lost or turned becomes a closed manifold', () => {
    const place = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2));
    fc.assert(
      fc.property(
        fc.uniqueArray(place, { minLength: 1, maxLength: 14, selector: (p) => p.join() }),
        fc.array(fc.nat(500), { maxLength: 3 }),
        fc.array(fc.nat(500), { maxLength: 3 }),
        (places, lost, turned) => {
          const pile = joinMeshes(...places.map(([x, y, z]) => unitCube(x, y, z)));
          const faces = Array.from({ length: pile.indices.length / 3 }, (_, f) => [
            ...pile.indices.slice(3 * f, 3 * f + 3),
          ]);
          for (const f of turned) faces[f % faces.length]!.reverse();
          const kept = faces.filter((_, f) => !lost.some((l) => l % faces.length === f));
          const repaired = repairManifold({ positions: pile.positions, indices: Uint32Array.from(kept.flat()) });
          expect(measureTopology(repaired)).toMatchObject({
            watertight: true,
            windingConsistent: true,
            nonManifoldVertices: 0,
          });
        },
      ),
      { numRuns: 300, seed: 21 },
    );
  });

  test('a pile of whole cubes keeps its volume and stays apart where vertices are joined by place', () => {
    const place = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2));
    fc.assert(
      fc.property(fc.uniqueArray(place, { minLength: 1, maxLength: 14, selector: (p) => p.join() }), (places) => {
        const topology = repairAndCheck(joinMeshes(...places.map(([x, y, z]) => unitCube(x, y, z))));
        assertClose(topology.volume, places.length, 0.06);
      }),
      { numRuns: 200, seed: 22 },
    );
  });

  test('random triangles never fail to become a closed manifold', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(7), fc.nat(7), fc.nat(7)), { maxLength: 20 }), (faces) => {
        const repaired = repairManifold({ positions: unitCube().positions, indices: Uint32Array.from(faces.flat()) });
        if (repaired.indices.length === 0) return;
        expect(measureTopology(repaired)).toMatchObject({
          watertight: true,
          windingConsistent: true,
          nonManifoldVertices: 0,
        });
      }),
      { numRuns: 500, seed: 23 },
    );
  });
});
