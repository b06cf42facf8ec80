import { describe, expect, test } from 'bun:test';
import { buildGeometryDecoder, buildGeometryKeys } from '../../../../models/networks/geometry-decoder.ts';
import {
  buildLatentSelection,
  type LatentSelection,
  selectedLatentCount,
} from '../../../../models/networks/latent-selection.ts';
import { expectClose } from '../../../helpers/expect-tensor.ts';
import {
  GOLDEN_POINTS,
  GOLDEN_STANDARD,
  goldenLatents,
  type KeyValue,
  runForPoints,
  runGeometryKeys,
} from '../../../helpers/geometry-graphs.ts';
import { hashWeights } from '../../../helpers/hash-weights.ts';
import type { TensorData } from '../../../helpers/run-graph.ts';

const LATENTS = 16;
const { width, heads } = GOLDEN_STANDARD;
const size = width / heads;

const weights = hashWeights();
const options = { attention: 'fused' } as const;
const keysModel = buildGeometryKeys(weights, GOLDEN_STANDARD, options);
const decoder = buildGeometryDecoder(weights, GOLDEN_STANDARD, options, (name, value, g) => {
  if (name === 'q') g.output(name, value);
});
const mean = buildLatentSelection(weights, GOLDEN_STANDARD, options, { mode: 'mean', count: 5 });
const merge = buildLatentSelection(weights, GOLDEN_STANDARD, options, { mode: 'merge' });

const all = await runGeometryKeys(keysModel, await goldenLatents());

async function select(model: Uint8Array, sampled: Float32Array, from: KeyValue): Promise<KeyValue> {
  const { selected_keys: keys, selected_values: values } = await runForPoints(model, sampled, from);
  if (keys === undefined || values === undefined) throw new Error('the graph gives keys and values');
  return { keys, values };
}

function pointsAt(first: number, end: number): Float32Array {
  return GOLDEN_POINTS.subarray(3 * first, 3 * end);
}

/** Logits of groups of points, each of which attends to what its first point selects. */
async function logitsOfGroups(model: Uint8Array, groups: readonly [number, number][]): Promise<Float32Array> {
  const logits: number[] = [];
  for (const [first, end] of groups) {
    const selected = await select(model, pointsAt(first, first + 1), all);
    logits.push(...((await runForPoints(decoder, pointsAt(first, end), selected)).logits?.data ?? []));
  }
  return Float32Array.from(logits);
}

/** Similarities of queries and keys, without a factor: `[head][point][latent]`. */
async function similarities(points: Float32Array, from: KeyValue): Promise<number[][][]> {
  const { q } = await runForPoints(decoder, points, from);
  const at = (x: TensorData | undefined, row: number, column: number): number =>
    x?.data[row * width + column] ?? Number.NaN;
  return Array.from({ length: heads }, (_, head) =>
    Array.from({ length: points.length / 3 }, (_, point) =>
      Array.from({ length: LATENTS }, (_, latent) => {
        let sum = 0;
        for (let c = head * size; c < (head + 1) * size; c++) sum += at(q, point, c) * at(from.keys, latent, c);
        return sum;
      }),
    ),
  );
}

/** Which latents the rows of one head are, found by their keys. */
function latentsOfHead(selected: TensorData, from: TensorData, head: number): number[] {
  const slice = (x: TensorData, row: number): string =>
    x.data.subarray(row * width + head * size, row * width + (head + 1) * size).join();
  const known = new Map(Array.from({ length: LATENTS }, (_, latent) => [slice(from, latent), latent]));
  return Array.from({ length: Number(selected.dims[0]) }, (_, row) => known.get(slice(selected, row)) ?? -1).sort(
    (a, b) => a - b,
  );
}

describe('golden numbers over hashed weights', () => {
  test('by the mean, one group', async () => {
    const expected = [0.520168, 0.67622, -0.06135, 0.508916, 0.681783, 0.744548, 0.602862];
    expectClose(await logitsOfGroups(mean, [[0, 7]]), Float32Array.from(expected), 5e-5);
  });

  test('by the mean, two groups', async () => {
    const expected = [0.520168, 0.67622, -0.06135, 0.508916, 0.806398, 0.871364, 0.699388];
    expectClose(
      await logitsOfGroups(mean, [
        [0, 4],
        [4, 7],
      ]),
      Float32Array.from(expected),
      5e-5,
    );
  });

  test('by share, nothing is left out where all latents get attention', async () => {
    const { logits } = await runForPoints(decoder, GOLDEN_POINTS, all);
    expectClose(
      await logitsOfGroups(merge, [
        [0, 4],
        [4, 7],
      ]),
      logits?.data ?? new Float32Array(),
      1e-6,
    );
  });
});

test('the mean picks, head by head, the latents that are most similar on average', async () => {
  const selected = await select(mean, GOLDEN_POINTS, all);
  const scores = await similarities(GOLDEN_POINTS, all);
  const choices = new Set<string>();
  for (const [head, perPoint] of scores.entries()) {
    const average = Array.from({ length: LATENTS }, (_, latent) =>
      perPoint.reduce((sum, row) => sum + (row[latent] ?? 0), 0),
    );
    const best = [...average.keys()].sort((a, b) => (average[b] ?? 0) - (average[a] ?? 0)).slice(0, 5);
    expect(latentsOfHead(selected.keys, all.keys, head)).toEqual(best.sort((a, b) => a - b));
    expect(latentsOfHead(selected.values, all.values, head)).toEqual(best);
    choices.add(best.join());
  }
  expect(choices.size).toBeGreaterThan(1);
});

test('by share, the latents are those that any point gives a millionth of its attention, for all heads alike', async () => {
  // Longer keys make for sharper attention, which leaves some latents without any.
  const sharp = { keys: { ...all.keys, data: all.keys.data.map((x) => 30 * x) }, values: all.values };
  const scores = await similarities(GOLDEN_POINTS, sharp);
  const kept = Array.from({ length: LATENTS }, (_, latent) => latent).filter((latent) =>
    Array.from({ length: 7 }, (_, point) => point).some((point) => {
      const shares = scores.map((head) => {
        const row = head[point] ?? [];
        const largest = Math.max(...row);
        const total = row.reduce((sum, score) => sum + Math.exp(score - largest), 0);
        return Math.exp((row[latent] ?? Number.NaN) - largest) / total;
      });
      return shares.reduce((sum, share) => sum + share, 0) / heads > 1e-6;
    }),
  );
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(LATENTS);

  const selected = await select(merge, GOLDEN_POINTS, sharp);
  for (let head = 0; head < heads; head++) {
    expect(latentsOfHead(selected.keys, sharp.keys, head)).toEqual(kept);
    expect(latentsOfHead(selected.values, sharp.values, head)).toEqual(kept);
  }
});

test('arithmetic in 16 bits selects the same latents where similarities are no near ties', async () => {
  const selection: LatentSelection = { mode: 'mean', count: 5 };
  const half = buildLatentSelection(hashWeights({}, 'float16'), GOLDEN_STANDARD, options, selection);
  const [expected, got] = [await select(mean, GOLDEN_POINTS, all), await select(half, GOLDEN_POINTS, all)];
  for (let head = 0; head < heads; head++) {
    expect(latentsOfHead(got.keys, all.keys, head)).toEqual(latentsOfHead(expected.keys, all.keys, head));
  }
});

test('a third of the latents is kept, with round numbers for the published sizes', () => {
  expect([3072, 512, 4096, 24].map(selectedLatentCount)).toEqual([1024, 256, 1365, 8]);
});
