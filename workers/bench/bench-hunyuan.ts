/**
 * Times a shape model of published dimensions network by network; `hy3d bench hunyuan` runs it in a process of its own,
 * so that memory is measured from nothing and the runtime finds its environment. Prints a table to stdout.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { estimateCost } from '../../models/build/cost-model.ts';
import { ensureDerivedFile, isReady } from '../../models/build/derived-file.ts';
import { conditionerConfig } from '../../models/build/network-configs.ts';
import { type NetworkGraph, planShapeModel, type ShapeModel } from '../../models/build/shape-model.ts';
import { WEIGHT_FORMATS, type WeightFormat } from '../../models/build/weight-store.ts';
import { loadManifest } from '../../models/manifest/load-manifest.ts';
import { selectedLatentCount } from '../../models/networks/latent-selection.ts';
import { findInstalled, type InstalledModel } from '../../models/store/find-installed.ts';
import { prepareFeeds } from '../engines/hunyuan/denoise.ts';
import { seededNoise } from '../engines/hunyuan/sampling/seeded-noise.ts';
import { chooseProvider } from '../runtime/choose-provider.ts';
import { float32, type NetworkTensor, openNetwork } from '../runtime/network-session.ts';
import { makeRandomModel } from './make-random-model.ts';
import { VARIANTS, type Variant } from './published-config.ts';

const POINTS = 4096;
/** A small number of repeats; the first run of a network also touches its weights for the first time. */
const REPEATS = 2;

const { values: flags } = parseArgs({
  options: {
    variant: { type: 'string', default: '2mini-turbo' },
    models: { type: 'string', default: 'models/weights' },
    format: { type: 'string' },
    device: { type: 'string', default: 'cpu' },
    random: { type: 'boolean', default: false },
    views: { type: 'string', default: '1' },
    'prepare-only': { type: 'boolean', default: false },
  },
});

const kind = oneOf('--device', ['cpu', 'cuda'], flags.device);
const formats = Object.keys(WEIGHT_FORMATS) as WeightFormat[];
const format = oneOf('--format', formats, flags.format ?? (kind === 'cuda' ? 'fp16' : 'fp32'));
const views = Number(oneOf('--views', ['1', '2', '3', '4'], flags.views));

await bench(findModel(oneOf('--variant', VARIANTS, flags.variant)));

function oneOf<T extends string>(flag: string, known: readonly T[], value: string): T {
  const found = known.find((name) => name === value);
  if (found !== undefined) return found;
  console.error(`hy3d: ${flag}: expected one of ${known.join(', ')}, got "${value}"`);
  process.exit(2);
}

function findModel(name: Variant): InstalledModel {
  const entry = () => loadManifest(flags.models).find((model) => model.name === `hunyuan3d-${name}`);
  const found = entry();
  const installed = found && findInstalled(flags.models, found);
  if (installed && !('missing' in installed)) return installed;
  if (!flags.random) {
    console.error(`hy3d: hunyuan3d-${name} is not in ${flags.models}; pull it, or use --random`);
    process.exit(1);
  }
  const startedAt = performance.now();
  const made = makeRandomModel(flags.models, name);
  row('random weights written', secondsSince(startedAt), '');
  return made;
}

async function bench(installed: InstalledModel): Promise<void> {
  const { provider, fusedAttention, passedOver } = await chooseProvider({ kind, index: 0, name: flags.device });
  console.log(`${installed.entry.name}, ${format} weights, on ${provider}`, ...passedOver);
  const options = {
    format,
    attention: fusedAttention ? 'fused' : 'decomposed',
    experts: 'sparse',
    conditionCache: kind === 'cpu',
  } as const;

  let startedAt = performance.now();
  const model = planShapeModel(installed, options);
  row('graphs of all networks', secondsSince(startedAt), `${kilobytes(graphBytes(model))} of ONNX`);
  startedAt = performance.now();
  if (isReady(model.store, model.fingerprint)) {
    row('weights', 0, 'prepared before');
  } else {
    const onWait = () => console.log('another process is preparing the weights; waiting for it');
    await ensureDerivedFile(model.store, model.fingerprint, { onWait, onProgress: () => {} });
    row('weights prepared', secondsSince(startedAt), `${gigabytes(model.store.derivedBytes)} written`);
  }
  console.log(`${''.padEnd(44)}peak memory so far ${gigabytes(memory('VmHWM'))}\n`);
  if (flags['prepare-only']) return model.close();

  const open = ({ model: bytes, weightBytes }: NetworkGraph) => openNetwork(bytes, { provider, weightBytes });
  const time = async (
    name: string,
    network: NetworkGraph,
    outputs: readonly string[],
    operations: number,
    feeds: Record<string, NetworkTensor>,
  ): Promise<Record<string, Float32Array>> => {
    const loadStartedAt = performance.now();
    const session = await open(network);
    const loadSeconds = secondsSince(loadStartedAt);
    let best = Number.POSITIVE_INFINITY;
    let results: Record<string, Float32Array> = {};
    for (let i = 0; i < REPEATS; i++) {
      const runStartedAt = performance.now();
      results = await session.run(feeds, outputs);
      best = Math.min(best, secondsSince(runStartedAt));
    }
    const rate = `${(operations / 1e12).toFixed(2)} TFLOP, ${(operations / 1e9 / best).toFixed(0)} GFLOP/s`;
    row(name, best, `${rate}, load ${loadSeconds.toFixed(1)} s, resident ${gigabytes(memory('VmRSS'))}`);
    await session.release();
    return results;
  };

  const { config, geometry } = model;
  const { num_latents: count, embed_dim: channels } = config.vae.params;
  const attended = model.latentSelection ? selectedLatentCount(count) : count;
  const cost = estimateCost(config, geometry, views, attended);
  const { inputPixels: side, width, viewEmbedding } = conditionerConfig(config);

  const { tokens = new Float32Array() } = await time(
    'image encoder, one view',
    model.conditioner,
    ['tokens'],
    cost.conditionerPerView,
    {
      pixels: float32([1, 3, side, side], seededNoise(1, 3 * side * side)),
      ...(viewEmbedding && { view_embedding: float32([1, width], new Float32Array(width)) }),
    },
  );
  const values = new Float32Array(tokens.length * views);
  for (let view = 0; view < views; view++) values.set(tokens, view * tokens.length);
  const condition = { tokens: values.length / width, width, values };
  const feeds = await prepareFeeds(model, condition, 5, open);
  const noise = float32([count, channels], seededNoise(2, count * channels));
  await time('denoiser, one call', model.denoiser, ['prediction'], cost.denoiserCall, {
    latents: noise,
    ...feeds.at(0.5),
    ...feeds.conditional,
  });
  const { decoded = new Float32Array() } = await time('VAE decoder', model.vae, ['decoded'], cost.vae, {
    latents: noise,
  });
  const { keys = new Float32Array(), values: geometryValues = new Float32Array() } = await time(
    'keys and values of the geometry decoder',
    model.geometryKeys,
    ['keys', 'values'],
    8 * count * geometry.width * geometry.latentWidth,
    { decoded: float32([count, geometry.latentWidth], decoded) },
  );
  const shape = [attended, geometry.width];
  const size = attended * geometry.width;
  await time(`geometry decoder, ${POINTS} points`, model.geometryDecoder, ['logits'], POINTS * cost.point, {
    points: float32([POINTS, 3], seededNoise(3, 3 * POINTS)),
    keys: float32(shape, keys.subarray(0, size)),
    values: float32(shape, geometryValues.subarray(0, size)),
  });
  console.log(`\n${''.padEnd(44)}peak memory ${gigabytes(memory('VmHWM'))}`);
  model.close();
}

function row(name: string, seconds: number, detail: string): void {
  console.log(`${name.padEnd(42)} ${seconds.toFixed(2).padStart(8)} s  ${detail}`);
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

function graphBytes({ conditioner, denoiser, vae, geometryKeys, geometryDecoder }: ShapeModel): number {
  return [conditioner, denoiser, vae, geometryKeys, geometryDecoder].reduce((sum, { model }) => sum + model.length, 0);
}

function memory(field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1e3)} kB`;
}
