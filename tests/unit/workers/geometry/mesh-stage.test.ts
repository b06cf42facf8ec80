import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../../src/errors.ts';
import { createSurfacePoint, TriangleBvh } from '../../../../workers/geometry/closest-point.ts';
import { extractSurface } from '../../../../workers/geometry/extract-surface.ts';
import type { Mesh } from '../../../../workers/geometry/mesh.ts';
import { refineSurface } from '../../../../workers/geometry/mesh-stage.ts';
import { measureTopology } from '../../../../workers/geometry/mesh-topology.ts';
import { remeshIsotropic } from '../../../../workers/geometry/remesh-isotropic.ts';
import { simplifyMesh } from '../../../../workers/geometry/simplify-mesh.ts';
import { weldVertices } from '../../../../workers/geometry/weld.ts';
import { assertClose } from '../../../helpers/assert-close.ts';
import { assertWatertight } from '../../../helpers/assert-watertight.ts';
import {
  box,
  capsule,
  gyroidSheet,
  type ImplicitShape,
  sampleField,
  sphere,
  torus,
  union,
} from '../../../helpers/shapes.ts';

/** The smallest angle of each face in degrees, ascending. */
function smallestAngles({ positions, indices }: Mesh): number[] {
  const side = (a: number, b: number) =>
    Math.hypot(...[0, 1, 2].map((k) => positions[3 * indices[a]! + k]! - positions[3 * indices[b]! + k]!));
  const angles: number[] = [];
  for (let f = 0; f < indices.length; f += 3) {
    const sides = [side(f, f + 1), side(f + 1, f + 2), side(f + 2, f)].sort((a, b) => a - b);
    const [a, b, c] = sides as [number, number, number];
    angles.push((Math.acos(Math.min(1, (b * b + c * c - a * a) / (2 * b * c))) * 180) / Math.PI);
  }
  return angles.sort((a, b) => a - b);
}

/** Distances of the corners and middles of the faces of one mesh to another, ascending. */
function distancesTo(mesh: Mesh, other: Mesh): number[] {
  const bvh = new TriangleBvh(other);
  const out = createSurfacePoint();
  const distances: number[] = [];
  const { positions, indices } = mesh;
  const add = (x: number, y: number, z: number) => {
    bvh.closestPoint(x, y, z, Number.POSITIVE_INFINITY, out);
    distances.push(out.distance);
  };
  for (let v = 0; v < positions.length; v += 3) add(positions[v]!, positions[v + 1]!, positions[v + 2]!);
  for (let f = 0; f < indices.length; f += 3) {
    const [a, b, c] = [3 * indices[f]!, 3 * indices[f + 1]!, 3 * indices[f + 2]!];
    const middle = (k: number) => (positions[a + k]! + positions[b + k]! + positions[c + k]!) / 3;
    add(middle(0), middle(1), middle(2));
  }
  return distances.sort((a, b) => a - b);
}

const percentile = (ascending: number[], share: number) => ascending[Math.floor(share * (ascending.length - 1))]!;

/** Smooth random lumps with sheets and necks of any thinness. */
function blobs(seed: number): ImplicitShape {
  const phase = (i: number) => (6.28 * Math.abs(Math.sin(12.9898 * (seed * 31 + i)) * 43758.5453)) % 6.28;
  return (x, y, z) => {
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const f = 3 + i;
      value += Math.sin(f * x + phase(3 * i)) * Math.sin(f * y + phase(3 * i + 1)) * Math.sin(f * z + phase(3 * i + 2));
    }
    return Math.min(0.3 * (value + 0.2), 1 - Math.hypot(x, y, z));
  };
}

const NASTY_SAMPLES = 56;
const SPACING = 2.2 / (NASTY_SAMPLES - 1);
const NASTY: Record<string, ImplicitShape> = {
  'lumps with thin necks 1': blobs(1),
  'lumps with thin necks 2': blobs(2),
  'spheres that touch': union(sphere(0.3, -0.3, 0, 0), sphere(0.3, 0.3, 0, 0), sphere(0.3, 0, 0.52, 0)),
  'a sheet of little more than a cell': box(0.8, 0.6 * SPACING, 0.7),
  'a gyroid sheet of a cell': gyroidSheet(SPACING, 5),
  'tubes of one and two cells': union(
    capsule(0.5 * SPACING, [-0.9, -0.8, 0.1], [0.9, 0.7, -0.3]),
    capsule(SPACING, [-0.9, 0.8, 0.4], [0.8, -0.7, -0.6]),
    sphere(0.3),
  ),
  'many separate parts': (x, y, z) => 0.4 - Math.hypot(...[x, y, z].map((c) => ((c * 2.5 + 10.5) % 1) - 0.5)),
};

describe('refineSurface', () => {
  test.each(Object.entries(NASTY))('%s: the result is a closed manifold near the target', async (name, shape) => {
    const surface = extractSurface(sampleField(shape, NASTY_SAMPLES));
    const target = Math.floor(surface.indices.length / 3 / 4);
    const { mesh, detail } = await refineSurface(surface, { faceCount: target, remesh: true });
    const topology = assertWatertight(mesh);
    assertWatertight(detail);
    assertWatertight(weldVertices(mesh));
    expect(topology.faces).toBeLessThan(1.2 * target);
    expect(topology.faces).toBeGreaterThan(0.97 * target);
    // A sheet of a cell falls into hundreds of scraps, of which some may shrink or go.
    expect(topology.components).toBeGreaterThanOrEqual(0.9 * measureTopology(detail).components);
    const volumeTolerance = name === 'a gyroid sheet of a cell' ? 0.6 : 0.1;
    assertClose(topology.volume, measureTopology(detail).volume, volumeTolerance);
  });

  test('a plain shape reaches the target with even triangles that stay within a third of a cell', async () => {
    const field = sampleField(union(torus(0.7, 0.25), box(0.3, 0.5, 0.2)), 96);
    const surface = extractSurface(field);
    const { mesh, detail, warnings } = await refineSurface(surface, { faceCount: 8000, remesh: true });
    expect(warnings).toEqual([]);
    const { faces, genus } = assertWatertight(mesh);
    expect(genus).toBe(measureTopology(surface).genus);
    expect(faces).toBeLessThanOrEqual(8000);
    expect(faces).toBeGreaterThan(7960);
    const angles = smallestAngles(mesh);
    expect(percentile(angles, 0.05)).toBeGreaterThan(30);
    expect(percentile(angles, 0.5)).toBeGreaterThan(45);
    for (const distances of [distancesTo(mesh, detail), distancesTo(detail, mesh)]) {
      expect(percentile(distances, 0.99)).toBeLessThan(0.3 * field.spacing);
    }
    assertClose(measureTopology(mesh).volume, measureTopology(surface).volume, 0.01);
  });

  test('fewer triangles than the target are cut until it is reached', async () => {
    const { mesh } = await refineSurface(extractSurface(sampleField(sphere(0.8), 20)), {
      faceCount: 6000,
      remesh: true,
    });
    const { faces } = assertWatertight(mesh);
    expect(faces).toBeLessThanOrEqual(6000);
    expect(faces).toBeGreaterThan(5900);
  });

  test('without remesh the surface stays as it was extracted, less the floaters', async () => {
    const surface = extractSurface(sampleField(union(sphere(0.6), sphere(0.015, 0.9, 0.9, 0.9)), 96));
    const { mesh, detail, warnings } = await refineSurface(surface, { faceCount: 100, remesh: false });
    expect(detail).toBe(mesh);
    expect(measureTopology(surface).components).toBe(2);
    expect(assertWatertight(mesh).components).toBe(1);
    expect(warnings).toEqual(['1 tiny separate part was removed.']);
    expect(mesh.positions).toEqual(surface.positions.slice(0, mesh.positions.length));
  });

  test('normals are unit vectors that look outward', async () => {
    const { mesh, detail } = await refineSurface(extractSurface(sampleField(sphere(0.8), 40)), {
      faceCount: 2000,
      remesh: true,
    });
    for (const { positions, normals } of [mesh, detail]) {
      expect(normals!.length).toBe(positions.length);
      for (let v = 0; v < positions.length; v += 3) {
        const [x, y, z] = normals!.slice(v, v + 3) as unknown as [number, number, number];
        expect(Math.abs(Math.hypot(x, y, z) - 1)).toBeLessThan(1e-5);
        expect(x * positions[v]! + y * positions[v + 1]! + z * positions[v + 2]!).toBeGreaterThan(0.75);
      }
    }
  });

  test('a surface with holes is closed and the client is told', async () => {
    const surface = extractSurface(sampleField(sphere(0.8), 32));
    const { mesh, warnings } = await refineSurface(
      { positions: surface.positions, indices: surface.indices.slice(0, -60) },
      { faceCount: 1000, remesh: true },
    );
    assertWatertight(mesh);
    expect(warnings).toEqual(['The surface had holes, which were closed.']);
  });

  test('no surface is an error that says so', async () => {
    const empty = { positions: new Float32Array(0), indices: new Uint32Array(0) };
    const failure = await refineSurface(empty, { faceCount: 1000, remesh: true }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AppError);
    expect((failure as AppError).code).toBe('geometry.empty');
  });

  test('progress rises to 1 and the same surface gives the same mesh', async () => {
    const surface = extractSurface(sampleField(blobs(3), 40));
    const fractions: number[] = [];
    const first = await refineSurface(surface, { faceCount: 3000, remesh: true, onProgress: (f) => fractions.push(f) });
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expect(await refineSurface(surface, { faceCount: 3000, remesh: true })).toEqual(first);
  });
});

describe('simplifyMesh', () => {
  test('reaches the target with vertices of the input and the same parts and handles', async () => {
    const surface = extractSurface(sampleField(torus(0.7, 0.25), 64));
    for (const regularize of [false, true]) {
      const simplified = await simplifyMesh(surface, { targetFaces: 1000, regularize });
      expect(assertWatertight(simplified)).toMatchObject({ components: 1, genus: 1 });
      expect(simplified.indices.length / 3).toBeLessThanOrEqual(1000);
      expect(simplified.indices.length / 3).toBeGreaterThan(980);
      expect(percentile(distancesTo(simplified, surface), 0)).toBe(0);
    }
  });

  test('a mesh below the target is returned as it is', async () => {
    const surface = extractSurface(sampleField(sphere(0.5), 12));
    expect(await simplifyMesh(surface, { targetFaces: 100_000 })).toEqual(surface);
  });
});

describe('remeshIsotropic', () => {
  test('keeps the sharp edges of a box, without leaning on chord lengths', () => {
    const surface = extractSurface(sampleField(box(0.6, 0.4, 0.8), NASTY_SAMPLES));
    const mesh = remeshIsotropic(surface, new TriangleBvh(surface), { targetFaces: 4000 });
    assertWatertight(mesh);
    const distances = distancesTo(surface, mesh);
    expect(percentile(distances, 0.999)).toBeLessThan(0.5 * SPACING);
    expect(percentile(distances, 1)).toBeLessThan(SPACING);
  });

  test('an empty mesh stays empty', () => {
    const empty = { positions: new Float32Array(0), indices: new Uint32Array(0) };
    expect(remeshIsotropic(empty, new TriangleBvh(empty), { targetFaces: 10 }).indices.length).toBe(0);
  });
});
