import { describe, expect, test } from 'bun:test';
import { compactMesh } from '../../../../workers/geometry/compact-mesh.ts';
import { extractSurface } from '../../../../workers/geometry/extract-surface.ts';
import { measureTopology } from '../../../../workers/geometry/mesh-topology.ts';
import { removeFloaters } from '../../../../workers/geometry/remove-floaters.ts';
import { smoothMesh } from '../../../../workers/geometry/smooth-mesh.ts';
import { computeVertexNormals } from '../../../../workers/geometry/vertex-normals.ts';
import { weldVertices } from '../../../../workers/geometry/weld.ts';
import { assertClose } from '../../../helpers/assert-close.ts';
import { assertWatertight } from '../../../helpers/assert-watertight.ts';
import { box, capsule, sampleField, sphere, subtract, torus, union } from '../../../helpers/shapes.ts';
import { unitCube } from '../../../helpers/small-meshes.ts';

describe('removeFloaters', () => {
  test('drops specks of a cell or two and keeps small real parts and thin poles', () => {
    const scene = union(
      sphere(0.5),
      sphere(0.03, 0.9, 0.9, 0.9),
      sphere(0.1, -0.8, 0.8, 0),
      capsule(0.04, [0.8, -0.8, 0], [0.8, 0.8, 0]),
    );
    const surface = extractSurface(sampleField(scene, 80));
    expect(measureTopology(surface).components).toBe(4);
    const { mesh, removedParts } = removeFloaters(surface, { minAreaShare: 5e-3, minVolumeShare: 1e-3 });
    expect(removedParts).toBe(1);
    expect(assertWatertight(mesh).components).toBe(3);
    expect(removeFloaters(surface, { minAreaShare: 0, minVolumeShare: 0 }).removedParts).toBe(0);
  });

  test('drops hollows unless told not to', () => {
    const surface = extractSurface(sampleField(subtract(sphere(0.8), sphere(0.4)), 40));
    const filled = removeFloaters(surface);
    expect(filled).toMatchObject({ removedParts: 0, removedCavities: 1 });
    assertClose(measureTopology(filled.mesh).volume, (4 / 3) * Math.PI * 0.8 ** 3, 0.01);
    expect(removeFloaters(surface, { removeCavities: false }).removedCavities).toBe(0);
  });

  test('the largest part always stays, and nothing comes of nothing', () => {
    expect(removeFloaters(unitCube(), { minAreaShare: 1, minVolumeShare: 1 }).mesh.indices.length).toBe(36);
    const empty = { positions: new Float32Array(0), indices: new Uint32Array(0) };
    expect(removeFloaters(empty).mesh.indices.length).toBe(0);
  });
});

describe('smoothMesh', () => {
  test('takes noise away and keeps the volume within 1 %, thin tubes too', () => {
    const thin = capsule(0.06, [-0.7, -0.6, -0.5], [0.7, 0.6, 0.5]);
    for (const shape of [sphere(0.8), torus(0.7, 0.2), thin]) {
      const surface = extractSurface(sampleField(shape, 65));
      const noisy = surface.positions.map((p, i) => p + 0.004 * Math.sin(12.9898 * i * i));
      const smooth = smoothMesh({ positions: noisy, indices: surface.indices });
      assertClose(assertWatertight(smooth).volume, measureTopology(surface).volume, 0.01);
      const roughness = (positions: Float32Array) => {
        let sum = 0;
        for (let v = 0; v < positions.length; v += 3)
          sum += shape(positions[v]!, positions[v + 1]!, positions[v + 2]!) ** 2;
        return Math.sqrt(sum / positions.length);
      };
      expect(roughness(smooth.positions)).toBeLessThan(0.7 * roughness(noisy));
    }
  });

  test('moves no vertex farther than the limit', () => {
    const surface = extractSurface(sampleField(box(0.6, 0.3, 0.5), 32));
    const smooth = smoothMesh(surface, { iterations: 20, maxDisplacement: 0.01 });
    let largest = 0;
    for (let v = 0; v < surface.positions.length; v += 3) {
      const move = [0, 1, 2].map((k) => smooth.positions[v + k]! - surface.positions[v + k]!);
      largest = Math.max(largest, Math.hypot(...move));
    }
    expect(largest).toBeLessThan(0.01 + 1e-6);
    expect(largest).toBeGreaterThan(0.009);
  });
});

describe('computeVertexNormals', () => {
  test('a sphere gets its radial directions', () => {
    const mesh = extractSurface(sampleField(sphere(0.8), 65));
    const normals = computeVertexNormals(mesh);
    for (let v = 0; v < normals.length; v += 3) {
      const [x, y, z] = mesh.positions.slice(v, v + 3);
      const product = (normals[v]! * x! + normals[v + 1]! * y! + normals[v + 2]! * z!) / Math.hypot(x!, y!, z!);
      expect(product).toBeGreaterThan(Math.cos((2 * Math.PI) / 180));
    }
  });

  test('the corners of a cube look along its diagonals, however its sides are cut', () => {
    const { positions, indices } = unitCube();
    const normals = computeVertexNormals({ positions, indices });
    for (let i = 0; i < 24; i++) expect(normals[i]).toBeCloseTo((2 * positions[i]! - 1) / Math.sqrt(3), 6);
  });

  test('a vertex without faces or with faces of no area looks up', () => {
    const positions = Float32Array.of(0, 0, 0, 1, 0, 0, 2, 0, 0, 5, 5, 5);
    const normals = computeVertexNormals({ positions, indices: Uint32Array.of(0, 1, 2) });
    expect([...normals]).toEqual([0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0]);
  });
});

describe('weldVertices and compactMesh', () => {
  test('vertices at one place are joined, 0 and -0 too', () => {
    const positions = Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, -0, 0, -0, 1, 0, 0, 0, 0, 1);
    const welded = weldVertices({ positions, indices: Uint32Array.of(0, 1, 2, 4, 3, 5) });
    expect([...welded.positions]).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect([...welded.indices]).toEqual([0, 1, 2, 1, 0, 3]);
  });

  test('a large mesh falls apart and comes together again', () => {
    const mesh = extractSurface(sampleField(torus(0.6, 0.3), 40));
    const positions = new Float32Array(3 * mesh.indices.length);
    for (let i = 0; i < mesh.indices.length; i++) {
      positions.set(mesh.positions.subarray(3 * mesh.indices[i]!, 3 * mesh.indices[i]! + 3), 3 * i);
    }
    const welded = weldVertices({ positions, indices: Uint32Array.from(mesh.indices, (_, i) => i) });
    expect(welded.positions.length).toBe(mesh.positions.length);
    expect(assertWatertight(welded)).toEqual(measureTopology(mesh));
  });

  test('unused vertices go, with their normals and uvs', () => {
    const mesh = compactMesh({
      positions: Float32Array.of(9, 9, 9, 0, 0, 0, 1, 0, 0, 8, 8, 8, 0, 1, 0),
      indices: Uint32Array.of(4, 1, 2),
      normals: Float32Array.from({ length: 15 }, (_, i) => i),
      uvs: Float32Array.from({ length: 10 }, (_, i) => i),
    });
    expect([...mesh.positions]).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 0]);
    expect([...mesh.indices]).toEqual([2, 0, 1]);
    expect([...mesh.normals!]).toEqual([3, 4, 5, 6, 7, 8, 12, 13, 14]);
    expect([...mesh.uvs!]).toEqual([2, 3, 4, 5, 8, 9]);
  });
});
