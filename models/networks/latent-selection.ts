import { Graph } from '../onnx/graph.ts';
import { type LayerOptions, Layers } from '../onnx/layers.ts';
import {
  add,
  cast,
  gather,
  gatherPerRow,
  greater,
  matmul,
  nonZeroRows,
  reduceMax,
  reduceMean,
  reshape,
  softmax,
  split,
  topK,
  transpose,
} from '../onnx/ops.ts';
import { staticDim, type Value } from '../onnx/value.ts';
import type { WeightSource } from '../onnx/weight-source.ts';
import { embedPoints, type GeometryDecoderConfig } from './geometry-decoder.ts';
import { joinHeads, viewHeads } from './vae-layers.ts';

/**
 * How the latents that matter to a group of neighbouring points are found.
 * - `mean`: per head the `count` latents, of at least as many, whose keys agree best with the mean query.
 * - `merge`: all latents that take more than a millionth of the attention of any point, the same for all heads.
 */
export type LatentSelection = { mode: 'mean'; count: number } | { mode: 'merge' };

/** Share of a point's attention, averaged over heads, below which `merge` leaves a latent out. */
const MERGE_THRESHOLD = 1e-6;

/** How many latents `mean` keeps of so many. */
export function selectedLatentCount(numLatents: number): number {
  if (numLatents === 3072) return 1024;
  return numLatents === 512 ? 256 : Math.floor(numLatents / 3);
}

/**
 * Finds the latents that a group of points is to attend to, as FlashVDM (Lai et al. 2025) does, as a model.
 * - Input `points`: float32 `[points, 3]`, a sample of the group.
 * - Inputs `keys`, `values`: float32 `[latents, width]`, of all latents.
 * - Outputs `selected_keys`, `selected_values`: float32 `[selected, width]`, for the geometry decoder; with `mean`, rows
 *   of different heads are different latents.
 *
 * Memory besides that: next to nothing with `mean`; with `merge` the scores of some three heads, `[points, latents]`
 * each: 90 MB for 2,300 points and 3,072 latents.
 */
export function buildLatentSelection(
  weights: WeightSource,
  config: GeometryDecoderConfig,
  options: LayerOptions,
  selection: LatentSelection,
): Uint8Array {
  const { width, heads } = config;
  const g = new Graph(`latent-selection-${selection.mode}`);
  const layers = new Layers(g, weights, options).at('geo_decoder');
  const points = g.input('points', 'float32', ['points', 3]);
  const keys = g.input('keys', 'float32', ['latents', width]);
  const values = g.input('values', 'float32', ['latents', width]);
  const queries = cast(g, embedPoints(layers, config, points).queries, 'float32');
  const pick =
    selection.mode === 'mean'
      ? pickByMean(g, queries, keys, heads, selection.count)
      : pickByShare(g, queries, keys, heads);
  g.output('selected_keys', pick(keys));
  g.output('selected_values', pick(values));
  return g.encode();
}

/** Picks the same latents from keys and values. */
type Pick = (x: Value) => Value;

/** The mean of the similarities over queries is the similarity to the mean query. There is no 1 / sqrt(D). */
function pickByMean(g: Graph, queries: Value, keys: Value, heads: number, count: number): Pick {
  const width = staticDim(queries, 1);
  const size = width / heads;
  const byHead = (x: Value): Value => transpose(g, viewHeads(g, x, heads), [1, 0, 2]);
  const meanQuery = reshape(g, reduceMean(g, queries, 0), [heads, size, 1], [heads, size, 1]);
  const similarity = reshape(g, matmul(g, byHead(keys), meanQuery), [heads, -1], [heads, 'latents']);
  const { indices } = topK(g, similarity, count);
  return (x) => joinHeads(g, transpose(g, gatherPerRow(g, byHead(x), indices), [1, 0, 2]));
}

/** Scores without 1 / sqrt(D). Head by head: a product of all heads at once holds five times as much (measured). */
function pickByShare(g: Graph, queries: Value, keys: Value, heads: number): Pick {
  const width = staticDim(queries, 1);
  const sizes = Array.from({ length: heads }, () => width / heads);
  const keysByHead = split(g, keys, sizes);
  const shares = split(g, queries, sizes).map((query, head) => {
    const key = keysByHead[head];
    if (key === undefined) throw new Error('every head has keys');
    return softmax(g, matmul(g, query, transpose(g, key, [1, 0])));
  });
  const summed = shares.reduce((sum, share) => add(g, sum, share));
  const threshold = g.constant('float32', [], [MERGE_THRESHOLD * heads]);
  const rows = reshape(g, nonZeroRows(g, greater(g, reduceMax(g, summed, 0), threshold)), [-1], ['selected']);
  return (x) => gather(g, x, rows);
}
