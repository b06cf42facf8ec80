import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { AppError } from '../../../../src/errors.ts';
import { extractSurface } from '../../../../workers/geometry/extract-surface.ts';
import type { Mesh, ScalarField } from '../../../../workers/geometry/mesh.ts';
import { measureTopology } from '../../../../workers/geometry/mesh-topology.ts';
import { assertClose } from '../../../helpers/assert-close.ts';
import { assertWatertight } from '../../../helpers/assert-watertight.ts';
import { readSafetensors } from '../../../helpers/read-safetensors.ts';
import { box, gyroidSheet, sampleField, sphere, torus } from '../../../helpers/shapes.ts';

const FIXTURES = new URL('../../../fixtures/surface/', import.meta.url).pathname;

/** The cell coordinates of a vertex along the three axes. */
function gridPoint(field: ScalarField, mesh: Mesh, vertex: number): [number, number, number] {
  const at = (axis: 0 | 1 | 2) => (mesh.positions[3 * vertex + axis]! - field.origin[axis]) / field.spacing;
  return [at(0), at(1), at(2)];
}

describe('extractSurface on analytic shapes', () => {
  test('a sphere comes out closed, of genus 0, with outward winding and its volume and area', () => {
    const topology = assertWatertight(extractSurface(sampleField(sphere(0.8), 65)));
    expect(topology).toMatchObject({ components: 1, genus: 0 });
    assertClose(topology.volume, (4 / 3) * Math.PI * 0.8 ** 3, 0.003);
    assertClose(topology.area, 4 * Math.PI * 0.8 ** 2, 0.003);
  });

  test('a torus has genus 1, its volume and its area', () => {
    const topology = assertWatertight(extractSurface(sampleField(torus(0.7, 0.25), 65)));
    expect(topology).toMatchObject({ components: 1, genus: 1 });
    assertClose(topology.volume, 2 * Math.PI ** 2 * 0.7 * 0.25 ** 2, 0.01);
    assertClose(topology.area, 4 * Math.PI ** 2 * 0.7 * 0.25, 0.01);
  });

  test('a gyroid sheet thinner than two cells is still a closed manifold', () => {
    assertWatertight(extractSurface(sampleField(gyroidSheet(0.05, 7), 49)));
  });

  test('the iso level moves the surface', () => {
    assertClose(
      measureTopology(extractSurface(sampleField(sphere(0.8), 65), 0.3)).volume,
      (4 / 3) * Math.PI * 0.125,
      0.005,
    );
  });

  test('dimensions may differ and the mesh stands at origin and spacing', () => {
    const field = { values: new Float32Array(60).fill(-1), dims: [3, 4, 5], origin: [10, 20, 30], spacing: 2 } as const;
    field.values[1 + 3 * (2 + 4 * 3)] = 1;
    const mesh = extractSurface(field);
    expect(measureTopology(mesh)).toMatchObject({ vertices: 6, faces: 8, genus: 0 });
    expect([...mesh.positions].filter((_, i) => i % 3 === 0).toSorted()).toEqual([11, 12, 12, 12, 12, 13]);
    expect(Math.max(...mesh.positions)).toBe(37);
    expect(Math.min(...[...mesh.positions].filter((_, i) => i % 3 === 1))).toBe(23);
  });
});

describe('extractSurface vertices', () => {
  test('stand on grid edges where the linear interpolation meets the level', () => {
    const field = sampleField(torus(0.7, 0.3), 24);
    const mesh = extractSurface(field);
    const valueAt = (x: number, y: number, z: number) => field.values[x + 24 * (y + 24 * z)]!;
    let onEdges = 0;
    for (let v = 0; v < mesh.positions.length / 3; v++) {
      const point = gridPoint(field, mesh, v);
      const axis = point.findIndex((p) => Math.abs(p - Math.round(p)) > 5e-4);
      const base = point.map((p, i) => (i === axis ? Math.floor(p) : Math.round(p))) as [number, number, number];
      if (point.some((p, i) => i !== axis && Math.abs(p - base[i]!) > 1e-4)) continue;
      onEdges++;
      const end = base.map((b, i) => (i === axis ? b + 1 : b)) as [number, number, number];
      const [from, to] = [valueAt(...base), valueAt(...end)];
      const t = point[axis]! - base[axis]!;
      // Within the margin to the samples, plus the rounding of 32-bit positions.
      expect(Math.abs(t - from / (from - to))).toBeLessThan(1.1e-3);
    }
    // Only middles of loops, which are rare, stand inside a cell.
    expect(onEdges / (mesh.positions.length / 3)).toBeGreaterThan(0.999);
  });

  test('never coincide, not even where samples lie on the level', () => {
    // A box whose faces pass exactly through samples.
    const field = sampleField(box(0.5, 0.25, 0.75), 33, 1);
    const mesh = extractSurface(field);
    assertWatertight(mesh);
    const places = new Set<string>();
    for (let v = 0; v < mesh.positions.length; v += 3) places.add(mesh.positions.slice(v, v + 3).join());
    expect(places.size).toBe(mesh.positions.length / 3);
  });
});

describe('extractSurface on any field', () => {
  const dims = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }));
  const fieldOf = (value: fc.Arbitrary<number>) =>
    dims.chain((d) =>
      fc.array(value, { minLength: d[0] * d[1] * d[2], maxLength: d[0] * d[1] * d[2] }).map((values) => ({
        values: Float32Array.from(values),
        dims: d,
        origin: [-1, -1, -1] as const,
        spacing: 0.5,
      })),
    );
  const expectClosed = (field: ScalarField) => {
    const mesh = extractSurface(field);
    if (field.values.some((value) => value > 0)) assertWatertight(mesh);
    else expect(mesh.indices.length).toBe(0);
  };

  test('random signs always give a closed manifold with outward winding, on the border too', () => {
    fc.assert(fc.property(fieldOf(fc.constantFrom(-1, 1)), expectClosed), { numRuns: 400, seed: 1 });
  });

  test('random values, many of them on the level, always give a closed manifold', () => {
    fc.assert(fc.property(fieldOf(fc.integer({ min: -3, max: 3 })), expectClosed), { numRuns: 400, seed: 2 });
    fc.assert(fc.property(fieldOf(fc.float({ noNaN: true })), expectClosed), { numRuns: 400, seed: 3 });
  });

  test('every one of the 256 corner cases closes with either decision on its ambiguous faces', () => {
    for (let cornerCase = 0; cornerCase < 256; cornerCase++) {
      for (const strength of [0.1, 10]) {
        const values = new Float32Array(8);
        for (let c = 0; c < 8; c++) values[c] = (cornerCase >> c) & 1 ? strength : -1;
        expectClosed({ values, dims: [2, 2, 2], origin: [0, 0, 0], spacing: 1 });
      }
    }
  });

  test('the asymptotic decider joins the stronger diagonal of a face', () => {
    const count = (inside: number) => {
      const values = new Float32Array(2 * 2).fill(-1);
      values[0] = inside;
      values[3] = inside;
      return measureTopology(extractSurface({ values, dims: [2, 2, 1], origin: [0, 0, 0], spacing: 1 })).components;
    };
    expect(count(0.5)).toBe(2);
    expect(count(2)).toBe(1);
  });
});

describe('extractSurface at the limits', () => {
  test('a shape that reaches the border is closed on it', () => {
    const field = sampleField(() => 1, 5, 1);
    const mesh = extractSurface(field);
    expect(assertWatertight(mesh)).toMatchObject({ components: 1, genus: 0 });
    assertClose(measureTopology(mesh).volume, 8, 0.01);
  });

  test('a field without inside, or without samples above the level, gives an empty mesh', () => {
    const mesh = extractSurface(sampleField(() => -1, 4));
    expect([mesh.positions.length, mesh.indices.length]).toEqual([0, 0]);
  });

  test('infinite samples are read as far inside and far outside', () => {
    const values = new Float32Array(27).fill(Number.NEGATIVE_INFINITY);
    values[13] = Number.POSITIVE_INFINITY;
    assertWatertight(extractSurface({ values, dims: [3, 3, 3], origin: [0, 0, 0], spacing: 1 }));
  });

  test('unknown samples away from the surface change nothing', () => {
    const field = sampleField(sphere(0.8), 33);
    const banded = { ...field, values: field.values.map((v) => (Math.abs(v) > 0.2 ? Number.NaN : v)) };
    expect(extractSurface(banded)).toEqual(extractSurface(field));
  });

  test('a surface that leaves the known band has a border there and finite vertices', () => {
    const field = sampleField((x, y, z) => (x > 0.3 ? Number.NaN : sphere(0.8)(x, y, z)), 33);
    const mesh = extractSurface(field);
    expect(measureTopology(mesh)).toMatchObject({ watertight: false, nonManifoldEdges: 0, windingConsistent: true });
    expect(mesh.positions.every(Number.isFinite)).toBe(true);
  });

  test('values that do not fit the dimensions are refused', () => {
    const field = { values: new Float32Array(7), dims: [2, 2, 2], origin: [0, 0, 0], spacing: 1 } as const;
    expect(() => extractSurface(field)).toThrow(AppError);
  });
});

describe('extractSurface against a reference marching cubes', () => {
  const tensors = readSafetensors(`${FIXTURES}field33.safetensors`);
  const source = tensors.field33!.data;
  const values = new Float32Array(source.length);
  for (let x = 0; x < 33; x++) {
    for (let y = 0; y < 33; y++) {
      for (let z = 0; z < 33; z++) values[x + 33 * (y + 33 * z)] = source[z + 33 * (y + 33 * x)]!;
    }
  }
  const fieldWithStep = (spacing: number): ScalarField => ({
    values,
    dims: [33, 33, 33],
    origin: [-1.01, -1.01, -1.01],
    spacing,
  });
  const readNumbers = async () =>
    (await Bun.file(`${FIXTURES}numbers.json`).json()) as Record<
      'field33' | 'field33.level' | 'field33.band',
      {
        vertices: number;
        triangles: number;
        band: number;
        exact_mapping: { volume: number; area: number };
        merged: { components: number; volume: number };
      }
    >;

  test.each([
    ['field33', 0],
    ['field33.level', 0.03],
  ] as const)('%s agrees in counts, volume, area and parts', async (name, level) => {
    const expected = (await readNumbers())[name];
    const topology = assertWatertight(extractSurface(fieldWithStep(2.02 / 32), level));
    assertClose(topology.vertices, expected.vertices, 0.02);
    assertClose(topology.faces, expected.triangles, 0.02);
    assertClose(topology.volume, expected.exact_mapping.volume, 0.01);
    assertClose(topology.area, expected.exact_mapping.area, 0.01);
    expect(topology.components).toBe(expected.merged.components);
  });

  test('every reference vertex has one of ours within half a cell', () => {
    const spacing = 2.02 / 33;
    const { positions } = extractSurface(fieldWithStep(spacing));
    const reference = tensors['mesh33.vertices']!.data;
    for (let r = 0; r < reference.length; r += 3) {
      let nearest = Number.POSITIVE_INFINITY;
      for (let p = 0; p < positions.length; p += 3) {
        const [dx, dy, dz] = [
          positions[p]! - reference[r]!,
          positions[p + 1]! - reference[r + 1]!,
          positions[p + 2]! - reference[r + 2]!,
        ];
        nearest = Math.min(nearest, dx * dx + dy * dy + dz * dz);
      }
      expect(Math.sqrt(nearest)).toBeLessThan(spacing / 2);
    }
  });

  test('a band of known samples gives the same closed mesh', async () => {
    const { band } = (await readNumbers())['field33.band'];
    const field = fieldWithStep(2.02 / 32);
    const banded = { ...field, values: values.map((v) => (Math.abs(v) >= band ? Number.NaN : v)) };
    expect(extractSurface(banded)).toEqual(extractSurface(field));
  });
});
