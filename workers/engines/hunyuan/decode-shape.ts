import type { NetworkGraph, ShapeModel } from '../../../models/build/shape-model.ts';
import type { LatentSelection } from '../../../models/networks/latent-selection.ts';
import type { ScalarField } from '../../geometry/mesh.ts';
import {
  float32,
  type NetworkSession,
  type NetworkTensor,
  type OpenNetwork,
  runOnce,
} from '../../runtime/network-session.ts';
import { decodeFlash } from './volume/decode-flash.ts';
import { decodeHierarchical } from './volume/decode-hierarchical.ts';
import type { GroupSelection, OnProgress } from './volume/query-field.ts';

export interface DecodeShapeOptions {
  /** Cells along each axis of the query cube. */
  resolution: number;
  /** How the turbo VAE chooses latents near the surface. */
  selection: LatentSelection['mode'];
  onProgress: OnProgress;
}

/** Points in one run of the geometry decoder: more are no faster, and each takes up to 80 kB. */
const POINTS_PER_RUN = 4096;

/** What points attend to. */
interface KeysAndValues {
  keys: NetworkTensor;
  values: NetworkTensor;
}

/**
 * From sampled latents to the field on the query cube, with the turbo VAE where the model has one and otherwise with
 * every latent at every point near the surface.
 * @param latents `[latents, channels]` as sampled
 */
export async function decodeShape(
  model: ShapeModel,
  latents: Float32Array,
  { resolution, selection, onProgress }: DecodeShapeOptions,
  open: OpenNetwork,
): Promise<ScalarField> {
  const all = await keysAndValues(model, await decodeLatents(model, latents, open), open);
  const sessions: NetworkSession[] = [];
  const load = async (network: NetworkGraph): Promise<NetworkSession> => {
    const session = await open(network);
    sessions.push(session);
    return session;
  };
  try {
    const decoder = await load(model.geometryDecoder);
    if (model.latentSelection === undefined) {
      const query = (points: Float32Array) => runDecoder(decoder, points, all);
      return await decodeHierarchical({ query, resolution, queriesPerCall: POINTS_PER_RUN, onProgress });
    }
    const mean = await load(model.latentSelection.mean);
    const later = selection === 'mean' ? mean : await load(model.latentSelection.merge);
    const query = async (points: Float32Array, { sampleStride, level }: GroupSelection) =>
      runDecoder(decoder, points, await select(level === 'first' ? mean : later, points, sampleStride, all, model));
    return await decodeFlash({ query, resolution, selection, onProgress });
  } finally {
    for (const session of sessions) await session.release();
  }
}

/** The decoder transformer of the VAE: `[latents, width]`. */
async function decodeLatents(model: ShapeModel, latents: Float32Array, open: OpenNetwork): Promise<Float32Array> {
  const { scale_factor: scale, num_latents: count, embed_dim: channels } = model.config.vae.params;
  const unscaled = float32(
    [count, channels],
    latents.map((value) => value / scale),
  );
  const { decoded } = await runOnce(open, model.vae, { latents: unscaled }, ['decoded']);
  return decoded;
}

async function keysAndValues(
  { geometry: { latentWidth, width }, geometryKeys }: ShapeModel,
  decoded: Float32Array,
  open: OpenNetwork,
): Promise<KeysAndValues> {
  const count = decoded.length / latentWidth;
  const feeds = { decoded: float32([count, latentWidth], decoded) };
  const { keys, values } = await runOnce(open, geometryKeys, feeds, ['keys', 'values']);
  return { keys: float32([count, width], keys), values: float32([count, width], values) };
}

/** Lets a sample of a group of points choose the latents for all of it. */
async function select(
  session: NetworkSession,
  points: Float32Array,
  stride: number,
  all: KeysAndValues,
  { geometry: { width } }: ShapeModel,
): Promise<KeysAndValues> {
  const sample = new Float32Array(3 * Math.ceil(points.length / 3 / stride));
  for (let i = 0; i < sample.length; i += 3) {
    for (let axis = 0; axis < 3; axis++) sample[i + axis] = points[i * stride + axis]!;
  }
  const feeds = { points: float32([sample.length / 3, 3], sample), ...all };
  const chosen = await session.run(feeds, ['selected_keys', 'selected_values']);
  const count = chosen.selected_keys.length / width;
  return {
    keys: float32([count, width], chosen.selected_keys),
    values: float32([count, width], chosen.selected_values),
  };
}

/** Logits of any number of points. */
async function runDecoder(
  session: NetworkSession,
  points: Float32Array,
  attended: KeysAndValues,
): Promise<Float32Array> {
  const count = points.length / 3;
  const logits = new Float32Array(count);
  for (let done = 0; done < count; done += POINTS_PER_RUN) {
    const part = points.subarray(3 * done, 3 * Math.min(count, done + POINTS_PER_RUN));
    const result = await session.run({ points: float32([part.length / 3, 3], part), ...attended }, ['logits']);
    logits.set(result.logits, done);
  }
  return logits;
}
