import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { extractSurface } from '../../../../workers/geometry/extract-surface.ts';
import type { Mesh } from '../../../../workers/geometry/mesh.ts';
import { type Unwrapped, unwrapMesh } from '../../../../workers/geometry/unwrap-mesh.ts';
import { measureUv } from '../../../../workers/geometry/uv/measure-uv.ts';
import { computeVertexNormals } from '../../../../workers/geometry/vertex-normals.ts';
import { box, capsule, gyroidSheet, sampleField, sphere, torus, union } from '../../../helpers/shapes.ts';
import { joinMeshes, unitCube } from '../../../helpers/small-meshes.ts';

const TEXTURE_SIZE = 256;
const GUTTER_PX = 2;

/** What has to hold for every atlas. */
function expectSoundAtlas(source: Mesh, { mesh, sourceVertex, chart, chartCount, stretch }: Unwrapped): void {
  expect(measureUv(mesh, 2 * TEXTURE_SIZE)).toMatchObject({ overlap: 0, outside: 0, collapsed: 0 });
  expect<Uint32Array>(Uint32Array.from(mesh.indices, (v) => sourceVertex[v]!)).toEqual(source.indices);
  for (let v = 0; v < sourceVertex.length; v++) {
    const s = 3 * sourceVertex[v]!;
    expect(mesh.positions.subarray(3 * v, 3 * v + 3)).toEqual(source.positions.subarray(s, s + 3));
  }
  expect(new Set(chart).size).toBe(chartCount);
  // Counter-clockwise from outside is clockwise in uv, whose v runs down: no face is mirrored.
  for (let f = 0; f < mesh.indices.length; f += 3) expect(uvArea(mesh, f)).toBeLessThan(0);
  expect(Number.isFinite(stretch.max)).toBe(true);
}

function uvArea({ indices, uvs }: Unwrapped['mesh'], f: number): number {
  const [a, b, c] = [2 * indices[f]!, 2 * indices[f + 1]!, 2 * indices[f + 2]!];
  return (uvs[b]! - uvs[a]!) * (uvs[c + 1]! - uvs[a + 1]!) - (uvs[c]! - uvs[a]!) * (uvs[b + 1]! - uvs[a + 1]!);
}

/** Least Chebyshev distance in texels between samples of different charts, searched up to `reach` texels. */
function measureGutter({ mesh, chart }: Unwrapped, size: number, reach: number): number {
  const fine = 4;
  const n = size * fine;
  const owner = new Int32Array(n * n).fill(-1);
  const { indices, uvs } = mesh;
  for (let f = 0; f < chart.length; f++) {
    // Dense points on the face and its edges, so that the least distance is found to about a sample.
    const steps = 24;
    for (let i = 0; i <= steps; i++) {
      for (let j = 0; j <= steps - i; j++) {
        const weights = [i / steps, j / steps, (steps - i - j) / steps];
        const at = (k: number) =>
          weights.reduce((sum, w, corner) => sum + w * uvs[2 * indices[3 * f + corner]! + k]!, 0) * n;
        owner[Math.floor(at(1)) * n + Math.floor(at(0))] = chart[f]!;
      }
    }
  }
  let least = reach * fine;
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      const own = owner[y * n + x]!;
      if (own < 0) continue;
      for (let dy = 0; dy < least && y + dy < n; dy++) {
        for (let dx = -Math.min(x, least - 1); dx < least && x + dx < n; dx++) {
          const other = owner[(y + dy) * n + x + dx]!;
          if (other >= 0 && other !== own) least = Math.max(Math.abs(dx), dy);
        }
      }
    }
  }
  return least / fine;
}

const SHAPES: Record<string, Mesh> = {
  'a sphere': extractSurface(sampleField(sphere(0.9), 24)),
  'a torus': extractSurface(sampleField(torus(0.7, 0.25), 32)),
  'a box': extractSurface(sampleField(box(0.9, 0.5, 0.3), 24)),
  'a thin pole on a plate': extractSurface(
    sampleField(union(capsule(0.06, [0, -0.8, 0], [0, 0.9, 0]), box(0.7, 0.06, 0.7)), 48),
  ),
  'a sheet with tunnels': extractSurface(sampleField(gyroidSheet(0.12, 5), 36)),
  'three cubes': joinMeshes(unitCube(), unitCube(3), unitCube(0, 3)),
};

describe('unwrapMesh', () => {
  for (const [name, mesh] of Object.entries(SHAPES)) {
    test(`lays ${name} flat without overlap, mirrored faces or lost vertices`, async () => {
      expectSoundAtlas(mesh, await unwrapMesh(mesh, { textureSize: TEXTURE_SIZE }));
    });
  }

  test('does so for any closed surface', async () => {
    const centre = fc.double({ min: -0.7, max: 0.7, noNaN: true });
    const ball = fc.tuple(fc.double({ min: 0.12, max: 0.6, noNaN: true }), centre, centre, centre);
    await fc.assert(
      fc.asyncProperty(
        fc.array(ball, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 7, max: 18 }),
        async (balls, n) => {
          const mesh = extractSurface(sampleField(union(...balls.map((b) => sphere(...b))), n));
          if (mesh.indices.length > 0) expectSoundAtlas(mesh, await unwrapMesh(mesh, { textureSize: TEXTURE_SIZE }));
        },
      ),
      { numRuns: 25, seed: 2 },
    );
  });

  test('does so for random noise, the worst surface there is', async () => {
    let state = 1;
    const field = sampleField(() => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 30 - 1.2;
    }, 12);
    const mesh = extractSurface(field);
    const unwrapped = await unwrapMesh(mesh, { textureSize: 1024 });
    expect(measureUv(unwrapped.mesh, 2048)).toMatchObject({ overlap: 0, outside: 0 });
  });

  test('cuts a cube into its six sides, without any stretch', async () => {
    const { chartCount, stretch, coverage } = await unwrapMesh(unitCube(), { textureSize: 1024 });
    expect(chartCount).toBe(6);
    expect(stretch.max).toBeCloseTo(1, 5);
    expect(coverage).toBeGreaterThan(0.6);
  });

  test('spreads texels evenly over a sphere with few charts and fills most of the atlas', async () => {
    const { chartCount, stretch, coverage } = await unwrapMesh(SHAPES['a sphere']!, { textureSize: 1024 });
    expect(chartCount).toBeLessThanOrEqual(8);
    expect(stretch.rms).toBeLessThan(1.02);
    expect(stretch.p95).toBeLessThan(1.2);
    expect(coverage).toBeGreaterThan(0.6);
  });

  test('keeps the gutter between charts and half of it to the border', async () => {
    for (const gutterPx of [GUTTER_PX, 8]) {
      const unwrapped = await unwrapMesh(SHAPES['three cubes']!, { textureSize: TEXTURE_SIZE, gutterPx });
      // Samples are a quarter of a texel wide.
      expect(measureGutter(unwrapped, TEXTURE_SIZE, gutterPx + 2)).toBeGreaterThanOrEqual(gutterPx - 0.25);
      const border = Math.min(...unwrapped.mesh.uvs.map((x) => Math.min(x, 1 - x))) * TEXTURE_SIZE;
      expect(border).toBeGreaterThanOrEqual(gutterPx / 2 - 1e-3);
    }
  });

  test('carries normals over to the split vertices', async () => {
    const mesh = SHAPES['a torus']!;
    const normals = computeVertexNormals(mesh);
    const { mesh: split, sourceVertex } = await unwrapMesh({ ...mesh, normals }, { textureSize: TEXTURE_SIZE });
    expect(split.normals).toHaveLength(split.positions.length);
    for (let v = 0; v < sourceVertex.length; v++) {
      const s = 3 * sourceVertex[v]!;
      expect(split.normals!.subarray(3 * v, 3 * v + 3)).toEqual(normals.subarray(s, s + 3));
    }
  });

  test('gives the same atlas every time', async () => {
    const mesh = SHAPES['a sheet with tunnels']!;
    const [first, second] = [
      await unwrapMesh(mesh, { textureSize: TEXTURE_SIZE }),
      await unwrapMesh(mesh, { textureSize: TEXTURE_SIZE }),
    ];
    expect(first.mesh).toEqual(second.mesh);
  });

  test('falls back to projection, still without overlap, and says so when its time is up', async () => {
    const mesh = SHAPES['a thin pole on a plate']!;
    let calls = 0;
    const unwrapped = await unwrapMesh(mesh, { textureSize: TEXTURE_SIZE, budgetMs: 1000, now: () => calls++ * 600 });
    expect(unwrapped.method).toBe('projected');
    expect(unwrapped.warnings).toEqual([
      'The UV atlas took longer than its budget of 1 s and was finished by a cheaper method.',
    ]);
    expectSoundAtlas(mesh, unwrapped);
  });

  test('reports progress that never falls and ends at 1', async () => {
    const fractions: number[] = [];
    await unwrapMesh(SHAPES['a box']!, { textureSize: TEXTURE_SIZE, onProgress: (f) => fractions.push(f) });
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
  });

  test('copes with faces without an area, edges of three faces and borders', async () => {
    const mesh: Mesh = {
      positions: new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0, 0, -1, 0]),
      // Three faces around the edge 0-1, a face on a line, a face of a single point.
      indices: new Uint32Array([0, 1, 2, 1, 0, 3, 0, 1, 5, 0, 1, 4, 2, 2, 2]),
    };
    const { mesh: flat, sourceVertex } = await unwrapMesh(mesh, { textureSize: TEXTURE_SIZE });
    expect<Uint32Array>(Uint32Array.from(flat.indices, (v) => sourceVertex[v]!)).toEqual(mesh.indices);
    expect(measureUv(flat, 2 * TEXTURE_SIZE)).toMatchObject({ overlap: 0, outside: 0, collapsed: 2 / 5 });
  });

  test('refuses a mesh without faces and positions that are not finite', async () => {
    const empty = { positions: new Float32Array(0), indices: new Uint32Array(0) };
    expect(unwrapMesh(empty, { textureSize: TEXTURE_SIZE })).rejects.toMatchObject({ code: 'geometry.empty' });
    const broken = unitCube();
    broken.positions[4] = Number.NaN;
    expect(unwrapMesh(broken, { textureSize: TEXTURE_SIZE })).rejects.toMatchObject({ code: 'geometry.bad_shape' });
  });
});
