import { describe, expect, test } from 'bun:test';
import { GenerateOptionsSchema } from '../../../../../../src/protocol/options.ts';
import { VIEW_NAMES, type ViewName } from '../../../../../../src/protocol/views.ts';
import { measureLocalThickness } from '../../../../../../workers/engines/hull/multi-view/local-thickness.ts';
import { reconstructFromSides } from '../../../../../../workers/engines/hull/multi-view/reconstruct.ts';
import { extractSurface } from '../../../../../../workers/geometry/extract-surface.ts';
import type { ScalarField } from '../../../../../../workers/geometry/mesh.ts';
import { computeVertexNormals } from '../../../../../../workers/geometry/vertex-normals.ts';
import type { PreparedView } from '../../../../../../workers/imaging/prepared-view.ts';
import { compareWithView } from '../../../../../../workers/texture/compare-views.ts';
import { assertWatertight } from '../../../../../helpers/assert-watertight.ts';
import { photograph, type Vector } from '../../../../../helpers/photograph.ts';
import { box, capsule, type ImplicitShape, sampleField, sphere, torus, union } from '../../../../../helpers/shapes.ts';

const CELLS = 96;
const HALF_SIZE = 1 / 0.85;

/** Light from everywhere and a stronger one from above, on the left of the camera. */
function lit(_: Vector, [nx, ny, nz]: Vector, { right, toward }: PreparedView['camera']): Vector {
  const across = nx * right[0] + nz * right[2];
  const facing = nx * toward[0] + nz * toward[2];
  const value = 0.3 + 0.5 * Math.max(0, -0.35 * across + 0.55 * ny + 0.75 * facing);
  return [value, value, value];
}

function picture(shape: ImplicitShape, names: readonly ViewName[] = VIEW_NAMES): PreparedView[] {
  const { positions, indices } = extractSurface(sampleField(shape, 97));
  const normals = computeVertexNormals({ positions, indices });
  const mesh = { positions, indices, normals, uvs: new Float32Array((2 * positions.length) / 3) };
  return names.map((name) => photograph(mesh, name, 256, lit, HALF_SIZE));
}

function reconstruct(views: readonly PreparedView[], progress: number[] = []): ScalarField {
  return reconstructFromSides(views, {
    options: GenerateOptionsSchema.parse({ octree_resolution: CELLS }),
    cutouts: {},
    modelsDir: '',
    device: { kind: 'cpu', index: 0, name: 'CPU' },
    keep: false,
    onProgress: (fraction) => progress.push(fraction),
    log: () => {},
    warn: () => {},
  });
}

function rebuild(shape: ImplicitShape, names: readonly ViewName[] = VIEW_NAMES) {
  const views = picture(shape, names);
  const mesh = extractSurface(reconstruct(views));
  const topology = assertWatertight(mesh);
  const outlines = views.map((view) => compareWithView(mesh, null, view).silhouetteIou);
  return { mesh, topology, worstOutline: Math.min(...outlines) };
}

describe('shapes from pictures of the front and the sides', () => {
  test('a ball keeps its volume within 4 percent', () => {
    const { topology, worstOutline } = rebuild(sphere(0.9));
    const exact = (4 / 3) * Math.PI * 0.9 ** 3;
    expect(Math.abs(topology.volume / exact - 1)).toBeLessThan(0.04);
    expect(worstOutline).toBeGreaterThan(0.98);
  });

  test('an upright can becomes round, not a block, and keeps its flat ends', () => {
    const can: ImplicitShape = (x, y, z) => Math.min(0.5 - Math.hypot(x, z), 0.9 - Math.abs(y));
    const { topology, worstOutline } = rebuild(can);
    const exact = Math.PI * 0.25 * 1.8;
    expect(Math.abs(topology.volume / exact - 1)).toBeLessThan(0.06);
    expect(worstOutline).toBeGreaterThan(0.98);
  });

  test('a box stays a box', () => {
    const { topology, worstOutline } = rebuild(box(0.6, 0.9, 0.4));
    expect(topology.volume / (8 * 0.6 * 0.9 * 0.4)).toBeGreaterThan(0.93);
    expect(worstOutline).toBeGreaterThan(0.98);
  });

  test('a ring that stands keeps its hole', () => {
    const standing: ImplicitShape = (x, y, z) => torus(0.65, 0.2)(x, z, y);
    const { topology, worstOutline } = rebuild(standing);
    expect(topology.genus).toBe(1);
    expect(worstOutline).toBeGreaterThan(0.95);
  });

  test('a handle does not become as deep as the body that hides it', () => {
    const body: ImplicitShape = (x, y, z) => Math.min(0.5 - Math.hypot(x + 0.2, z), 0.8 - Math.abs(y));
    const handle: ImplicitShape = (x, y, z) => torus(0.32, 0.07)(x - 0.35, z, y);
    const { mesh } = rebuild(union(body, handle));
    let deepest = 0;
    for (let i = 0; i < mesh.positions.length; i += 3) {
      if (mesh.positions[i]! > 0.5) deepest = Math.max(deepest, Math.abs(mesh.positions[i + 2]!));
    }
    expect(deepest).toBeGreaterThan(0.03);
    expect(deepest).toBeLessThan(0.16);
  });

  test('bars that run back from the ends of a plate do not fill the room between them', () => {
    const bar = (x: number) =>
      union(capsule(0.06, [x, 0.2, 0.6], [x, 0.2, -0.8]), capsule(0.06, [x, 0.2, 0.6], [0.8 * x, 0.2, 0.6]));
    const glasses = union((x, y, z) => box(0.7, 0.4, 0.06)(x, y, z - 0.6), bar(-0.8), bar(0.8));
    const { mesh, topology, worstOutline } = rebuild(glasses);
    const plate = 8 * 0.7 * 0.4 * 0.06;
    const bars = 2 * Math.PI * 0.06 ** 2 * 1.4;
    expect(topology.volume).toBeLessThan(1.5 * (plate + bars));
    let [left, right] = [0, 0];
    for (let i = 0; i < mesh.positions.length; i += 3) {
      const [x, z] = [mesh.positions[i]!, mesh.positions[i + 2]!];
      if (x < -0.7) left = Math.min(left, z);
      if (x > 0.7) right = Math.min(right, z);
    }
    expect(Math.max(left, right)).toBeLessThan(-0.7);
    expect(worstOutline).toBeGreaterThan(0.95);
  });

  test('a spike on a plate does not become a ridge as wide as the plate', () => {
    const spike: ImplicitShape = (x, y, z) => Math.min(0.18 * (1 - z / 0.9) - Math.hypot(x, y), z);
    const { mesh } = rebuild(union(box(0.8, 0.9, 0.1), spike));
    let widest = 0;
    for (let i = 0; i < mesh.positions.length; i += 3) {
      const z = mesh.positions[i + 2]!;
      if (z > 0.3 && z < 0.7) widest = Math.max(widest, Math.abs(mesh.positions[i]!));
    }
    expect(widest).toBeGreaterThan(0.05);
    expect(widest).toBeLessThan(0.25);
  });

  test('two low feet under tall legs stay whole', () => {
    const foot =
      (x: number): ImplicitShape =>
      (px, py, pz) =>
        Math.min(0.25 * (1 - Math.hypot((px - x) / 0.25, (py + 0.8) / 0.25, pz / 0.5)), py + 0.8);
    const leg = (x: number) => capsule(0.1, [x, -0.7, 0], [x, 0, 0]);
    const figure = union(
      union(foot(-0.3), foot(0.3)),
      union(union(leg(-0.3), leg(0.3)), (x, y, z) => sphere(0.45)(x, y - 0.3, z)),
    );
    const { values, dims, origin, spacing } = reconstruct(picture(figure));
    let [common, either] = [0, 0];
    values.forEach((value, i) => {
      const x = origin[0] + spacing * (i % dims[0]);
      const y = origin[1] + spacing * (Math.floor(i / dims[0]) % dims[1]);
      const z = origin[2] + spacing * Math.floor(i / (dims[0] * dims[1]));
      if (y > -0.6) return;
      const [built, real] = [value > 0, figure(x, y, z) > 0];
      if (built && real) common++;
      if (built || real) either++;
    });
    expect(common / either).toBeGreaterThan(0.75);
  });

  test('thin poles and parts that stand apart are kept', () => {
    const figure = union(sphere(0.3, 0, 0.6, 0), capsule(0.04, [0, -0.9, 0], [0, 0.5, 0]), sphere(0.15, 0.7, -0.6, 0));
    const { topology, worstOutline } = rebuild(figure);
    expect(topology.components).toBe(2);
    expect(worstOutline).toBeGreaterThan(0.93);
  });

  test.each([[['front', 'left']], [['front', 'right']], [['front', 'back', 'left']]] as const)(
    '%p are enough',
    (names) => {
      const { topology, worstOutline } = rebuild(box(0.5, 0.8, 0.3), names);
      expect(topology.components).toBe(1);
      expect(worstOutline).toBeGreaterThan(0.97);
    },
  );

  test('pictures that disagree a little keep every part', () => {
    const views = [
      ...picture(union(sphere(0.4, 0, 0.3, 0), capsule(0.07, [-0.6, -0.5, 0], [0.6, -0.5, 0])), ['front']),
      ...picture(union(sphere(0.4, 0, 0.27, 0.05), capsule(0.07, [-0.6, -0.45, 0], [0.6, -0.45, 0])), ['left']),
    ];
    const mesh = extractSurface(reconstruct(views));
    assertWatertight(mesh);
    let widest = 0;
    for (let i = 0; i < mesh.positions.length; i += 3) widest = Math.max(widest, mesh.positions[i]!);
    expect(widest).toBeGreaterThan(0.6);
  });

  test('every sample on the border of the field is outside and progress rises to one', () => {
    const progress: number[] = [];
    const { values, dims } = reconstruct(picture(box(0.9, 0.9, 0.9)), progress);
    const [nx, ny, nz] = dims;
    for (let at = 0; at < values.length; at++) {
      const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
      const distance = Math.min(i, j, k, nx - 1 - i, ny - 1 - j, nz - 1 - k);
      if (distance < 2) expect(values[at]!).toBeLessThan(0);
    }
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
  });

  test('pictures without a common height are refused', () => {
    const views = [...picture(sphere(0.2, 0, 0.7, 0), ['front']), ...picture(sphere(0.2, 0, -0.7, 0), ['left'])];
    expect(() => reconstruct(views)).toThrow(/same height/);
  });
});

test('local thickness is the radius of the largest disc, by brute force', () => {
  const [width, height] = [40, 30];
  const isInside = (x: number, y: number) =>
    Math.hypot(x - 14, y - 15) < 9 || (Math.abs(y - 15) < 3 && x > 14 && x < 36);
  const samples = Array.from({ length: width * height }, (_, i) => [i % width, Math.floor(i / width)] as const);
  const outside = samples.filter(([x, y]) => !isInside(x, y));
  const distances = Float32Array.from(samples, ([x, y]) =>
    isInside(x, y) ? Math.min(...outside.map(([u, v]) => Math.hypot(u - x, v - y))) : -1,
  );
  const thickness = measureLocalThickness(distances, width, height);
  for (let p = 0; p < distances.length; p++) {
    let exact = 0;
    for (let q = 0; q < distances.length; q++) {
      const apart = Math.hypot((p % width) - (q % width), Math.floor(p / width) - Math.floor(q / width));
      if (apart < distances[q]!) exact = Math.max(exact, distances[q]!);
    }
    if (distances[p]! <= 0) expect(thickness[p]).toBe(0);
    else expect(Math.abs(thickness[p]! - exact)).toBeLessThan(1);
  }
});
