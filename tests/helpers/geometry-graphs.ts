import type { GeometryDecoderConfig } from '../../models/networks/geometry-decoder.ts';
import { buildShapeVae } from '../../models/networks/shape-vae.ts';
import { hashInput, hashWeights } from './hash-weights.ts';
import { type Feed, runGraph, type TensorData } from './run-graph.ts';

/** What points attend to: `[latents, width]` each. */
export interface KeyValue {
  keys: TensorData;
  values: TensorData;
}

export async function runGeometryKeys(model: Uint8Array, decoded: TensorData): Promise<KeyValue> {
  const { keys, values } = await runGraph(model, { decoded: feed(decoded) });
  if (keys === undefined || values === undefined) throw new Error('the graph gives keys and values');
  return { keys, values };
}

/** Runs the geometry decoder, or the selection of latents, for points. */
export function runForPoints(
  model: Uint8Array,
  points: Float32Array,
  { keys, values }: KeyValue,
): Promise<Record<string, TensorData>> {
  const feeds = {
    points: feed({ dims: [points.length / 3, 3], data: points }),
    keys: feed(keys),
    values: feed(values),
  };
  return runGraph(model, feeds);
}

/** Configurations, points and latents of the golden numbers over hashed weights. */
export const GOLDEN_VAE = { latentChannels: 8, width: 64, heads: 4, layers: 3 };
export const GOLDEN_STANDARD: GeometryDecoderConfig = {
  latentWidth: 64,
  width: 64,
  heads: 4,
  mlpRatio: 4,
  numFreqs: 8,
  hasNorms: true,
};
export const GOLDEN_TURBO: GeometryDecoderConfig = {
  ...GOLDEN_STANDARD,
  width: 32,
  heads: 2,
  mlpRatio: 1,
  hasNorms: false,
};
export const GOLDEN_POINTS = hashInput('input.points', [7, 3]).map((x) => x / Math.sqrt(3));

export async function goldenLatents(): Promise<TensorData> {
  const model = buildShapeVae(hashWeights(), GOLDEN_VAE, { attention: 'fused' });
  const latents = { dims: [16, 8], data: hashInput('input.z', [16, 8]) };
  const { decoded } = await runGraph(model, { latents: feed(latents) });
  if (decoded === undefined) throw new Error('the graph gives decoded latents');
  return decoded;
}

function feed({ dims, data }: TensorData): Feed {
  return { dtype: 'float32', dims, data };
}
