import { describe, expect, test } from 'bun:test';
import { decodeFlash } from '../../../../../../workers/engines/hunyuan/volume/decode-flash.ts';
import {
  decodeHierarchical,
  pointwiseEvaluator,
} from '../../../../../../workers/engines/hunyuan/volume/decode-hierarchical.ts';
import { decodeLevels } from '../../../../../../workers/engines/hunyuan/volume/decode-levels.ts';
import type { GroupSelection } from '../../../../../../workers/engines/hunyuan/volume/query-field.ts';
import { extractSurface } from '../../../../../../workers/geometry/extract-surface.ts';
import type { ScalarField } from '../../../../../../workers/geometry/mesh.ts';
import { assertClose } from '../../../../../helpers/assert-close.ts';
import { assertWatertight } from '../../../../../helpers/assert-watertight.ts';
import { capsule, type ImplicitShape, sphere, torus, union } from '../../../../../helpers/shapes.ts';

/** Answers like a network trained on distances cut off at `tau`: clip(distance / tau, -1, 1). */
function oracle(shape: ImplicitShape, tau = 0.02) {
  const calls: { points: Float32Array; selection: GroupSelection | undefined }[] = [];
  const query = async (points: Float32Array, selection?: GroupSelection) => {
    calls.push({ points: points.slice(), selection });
    const logits = new Float32Array(points.length / 3);
    for (let i = 0; i < logits.length; i++) {
      const distance = shape(points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!);
      logits[i] = Math.max(-1, Math.min(1, distance / tau));
    }
    return logits;
  };
  return { query, calls, pointCount: () => calls.reduce((sum, { points }) => sum + points.length / 3, 0) };
}

const evaluatedNodes = ({ values }: ScalarField) => values.reduce((count, v) => count + (Number.isNaN(v) ? 0 : 1), 0);

/** A ring, a ball that touches nothing and a rod that leans: no symmetry that could hide swapped axes. */
const scene = union(torus(0.6, 0.15), sphere(0.2, 0.1, 0.6, -0.3), capsule(0.1, [-0.7, -0.8, 0.2], [0.5, -0.3, 0.8]));

describe('a grid too coarse to be refined', () => {
  test('asks about every node of the cube once and stores the answer at its place', async () => {
    const linear = {
      query: async (p: Float32Array) =>
        p.filter((_, i) => i % 3 === 0).map((x, i) => x + 10 * p[3 * i + 1]! + 100 * p[3 * i + 2]!),
    };
    const field = await decodeHierarchical({ ...linear, resolution: 32, queriesPerCall: 1000 });
    expect(field.dims).toEqual([33, 33, 33]);
    expect(field.origin).toEqual([-1.01, -1.01, -1.01]);
    expect(field.spacing).toBeCloseTo(2.02 / 32, 12);
    for (const [x, y, z] of [
      [0, 0, 0],
      [32, 0, 0],
      [0, 32, 0],
      [0, 0, 32],
      [5, 17, 29],
    ] as const) {
      const [wx, wy, wz] = [x, y, z].map((i) => -1.01 + (2.02 * i) / 32) as [number, number, number];
      expect(field.values[x + 33 * (y + 33 * z)]).toBeCloseTo(wx + 10 * wy + 100 * wz, 4);
    }
  });

  test('never asks about more points at once than allowed', async () => {
    const { query, calls } = oracle(sphere(0.9));
    await decodeHierarchical({ query, resolution: 32, queriesPerCall: 1000 });
    expect(calls.map(({ points }) => points.length / 3)).toEqual([...Array(35).fill(1000), 33 ** 3 - 35_000]);
  });
});

describe('the number of queries on a ball of radius 0.9', () => {
  test.each([
    [50, [110_592]],
    [64, [262_144]],
    [128, [262_144, 310_366]],
    [196, [884_736, 731_566]],
    [256, [262_144, 429_986, 1_471_202]],
  ])('decodeFlash at %p is exactly that of the reference', async (resolution, expected) => {
    let [first, later] = [0, 0];
    const query = async (points: Float32Array, { level }: GroupSelection) => {
      if (level === 'first') first += points.length / 3;
      else later += points.length / 3;
      return oracle(sphere(0.9)).query(points);
    };
    const field = await decodeFlash({ query, resolution, selection: 'mean' });
    const sum = expected.slice(1).reduce((a, b) => a + b, 0);
    expect([first, later, evaluatedNodes(field)]).toEqual([expected[0]!, sum, expected.at(-1)!]);
  });

  test('decodeHierarchical at 128 is exactly that of the reference', async () => {
    const { query, pointCount } = oracle(sphere(0.9));
    const field = await decodeHierarchical({ query, resolution: 128, queriesPerCall: 50_000 });
    expect([pointCount(), evaluatedNodes(field)]).toEqual([274_625 + 321_126, 321_126]);
  });
});

describe('a refined field', () => {
  test.each([128, 131])(
    'equals the dense one at %p cells wherever it was evaluated, and holds its surface',
    async (resolution) => {
      const options = { query: oracle(scene).query, resolution, queriesPerCall: 40_000 };
      const dense = await decodeLevels([resolution], pointwiseEvaluator(options));
      const refined = await decodeHierarchical(options);
      expect({ ...refined, values: undefined }).toEqual({ ...dense, values: undefined });
      const differing = refined.values.findIndex((value, i) => !Number.isNaN(value) && value !== dense.values[i]);
      expect(differing).toBe(-1);
      expect(evaluatedNodes(refined)).toBeLessThan(0.3 * dense.values.length);

      const surface = extractSurface(refined);
      expect(surface).toEqual(extractSurface(dense));
      assertWatertight(surface);
    },
  );

  test('of query groups equals the pointwise one at its own resolution', async () => {
    const { query } = oracle(scene);
    const grouped = await decodeFlash({ query, resolution: 128, selection: 'merge' });
    const pointwise = await decodeHierarchical({ query, resolution: 126, queriesPerCall: 40_000 });
    expect({ ...grouped, values: undefined }).toEqual({ ...pointwise, values: undefined });
    // NaN where neither was evaluated.
    expect(grouped.values.findIndex((value, i) => !Object.is(value, pointwise.values[i]))).toBe(-1);
  });

  test('has its surface where the shape is, not shrunk or shifted by the size of the grid', async () => {
    const field = await decodeFlash({
      query: oracle(sphere(0.7, 0.1, -0.2, 0.05)).query,
      resolution: 128,
      selection: 'mean',
    });
    const { positions } = extractSurface(field);
    for (let i = 0; i < positions.length; i += 3) {
      const radius = Math.hypot(positions[i]! - 0.1, positions[i + 1]! + 0.2, positions[i + 2]! - 0.05);
      if (Math.abs(radius - 0.7) > 2e-3) expect.unreachable(`vertex ${i / 3} is ${radius} from the centre`);
    }
    const topology = assertWatertight(extractSurface(field));
    assertClose(topology.volume, (4 / 3) * Math.PI * 0.7 ** 3, 0.002);
  });

  test('follows a shape to the border of the cube', async () => {
    const options = { query: oracle((x) => 0.3 - Math.abs(x - 1)).query, resolution: 126, queriesPerCall: 40_000 };
    expect(extractSurface(await decodeHierarchical(options)).positions.length).toBeGreaterThan(0);
    const values = (await decodeHierarchical(options)).values;
    const corner = 127 ** 3 - 1;
    // The wall x = 0.7 runs through all of y and z, so nodes of its band on the last row are known.
    expect(Number.isNaN(values[corner - 126 + Math.round((0.7 + 1.01) / (2.02 / 126))]!)).toBe(false);
  });
});

describe('decodeFlash groups', () => {
  test('on the first level are 64 blocks in order, nodes with x slowest, sampled every 100 points', async () => {
    const { query, calls } = oracle(sphere(0.9));
    await decodeFlash({ query, resolution: 64, selection: 'merge' });
    expect(calls.length).toBe(64);
    expect(calls.every(({ selection, points }) => selection?.level === 'first' && points.length === 3 * 16 ** 3)).toBe(
      true,
    );
    expect(calls[0]!.selection).toEqual({ sampleStride: 100, level: 'first' });
    const node = (call: number, point: number) =>
      Array.from(calls[call]!.points.subarray(3 * point, 3 * point + 3), (c) => Math.round(((c + 1.01) / 2.02) * 63));
    expect([node(0, 0), node(0, 1), node(0, 16), node(0, 256), node(0, 4095)]).toEqual([
      [0, 0, 0],
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
      [15, 15, 15],
    ]);
    expect([node(1, 0), node(4, 0), node(16, 0), node(63, 4095)]).toEqual([
      [0, 0, 16],
      [0, 16, 0],
      [16, 0, 0],
      [63, 63, 63],
    ]);
  });

  test.each([
    ['mean', 50],
    ['merge', 30],
  ] as const)(
    'on later levels, selection %s, are bins of the nodes’ own bounding box',
    async (selection, sampleStride) => {
      const { query, calls } = oracle(scene);
      await decodeFlash({ query, resolution: 128, selection });
      const later = calls.filter((call) => call.selection?.level === 'later');
      expect(later.every((call) => call.selection?.sampleStride === sampleStride)).toBe(true);

      const low = [2, 2, 2];
      const high = [-2, -2, -2];
      for (const { points } of later) {
        for (let i = 0; i < points.length; i++) {
          low[i % 3] = Math.min(low[i % 3]!, points[i]!);
          high[i % 3] = Math.max(high[i % 3]!, points[i]!);
        }
      }
      const binOf = (points: Float32Array, at: number) =>
        [0, 1, 2].reduce((bin, axis) => {
          const share = (points[at + axis]! - low[axis]!) / (high[axis]! - low[axis]!);
          // The nodes are 1e-2 apart; a share of 1e-6 keeps the rounding of 32-bit coordinates out of the bins.
          return 6 * bin + Math.floor((share + 1e-6) * (6 - 0.001));
        }, 0);
      const bins = later.map(({ points }) => {
        const bin = binOf(points, 0);
        for (let at = 3; at < points.length; at += 3) {
          if (binOf(points, at) !== bin) expect.unreachable(`point ${at / 3} is not in bin ${bin}`);
          const [dx, dy, dz] = [0, 1, 2].map((axis) => points[at + axis]! - points[at - 3 + axis]!);
          const isInOrder = dx! > 0 || (dx === 0 && (dy! > 0 || (dy === 0 && dz! > 0)));
          if (!isInOrder) expect.unreachable(`point ${at / 3} of bin ${bin} is out of order`);
        }
        return bin;
      });
      expect(bins).toEqual([...new Set(bins)].toSorted((a, b) => a - b));
    },
  );
});

describe('decoding', () => {
  const tiny = { resolution: 126, queriesPerCall: 20_000 };

  test.each([
    ['a large object', sphere(0.95)],
    ['a small object', sphere(0.2)],
  ])('reports progress that rises to 1, with %s', async (_, shape) => {
    const reported: number[] = [];
    await decodeHierarchical({
      ...tiny,
      query: oracle(shape).query,
      onProgress: (fraction) => reported.push(fraction),
    });
    expect(reported.length).toBeGreaterThan(10);
    expect(reported.every((fraction, i) => fraction > 0 && fraction >= (reported[i - 1] ?? 0))).toBe(true);
    expect(reported.at(-1)).toBeCloseTo(1, 9);
  });

  test.each([-0.5, 0.5])('stops after the first level where all is %p, and says so', async (value) => {
    const { query, pointCount } = oracle(() => value, 1);
    const run = decodeHierarchical({ ...tiny, query });
    await expect(run).rejects.toMatchObject({
      code: 'geometry.empty',
      message: expect.stringContaining(`from ${value.toFixed(3)} to`),
    });
    expect(pointCount()).toBe(64 ** 3);
  });

  test('refuses logits that are no numbers, or too few', async () => {
    const nan = decodeHierarchical({ ...tiny, query: async (p) => new Float32Array(p.length / 3).fill(Number.NaN) });
    await expect(nan).rejects.toMatchObject({ code: 'runtime.failed' });
    const few = decodeFlash({ resolution: 64, selection: 'mean', query: async () => new Float32Array(1) });
    await expect(few).rejects.toMatchObject({ code: 'runtime.failed' });
  });

  test('passes a failure of the query on', async () => {
    const failing = async () => {
      throw new Error('out of memory');
    };
    await expect(decodeHierarchical({ ...tiny, query: failing })).rejects.toThrow('out of memory');
  });
});
