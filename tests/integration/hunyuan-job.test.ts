import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeIO } from '@gltf-transform/core';
import { planShapeModel } from '../../models/build/shape-model.ts';
import { loadManifest } from '../../models/manifest/load-manifest.ts';
import { findInstalled } from '../../models/store/find-installed.ts';
import { type BenchServer, startBenchServer } from '../../src/bench/bench-server.ts';
import { generateShape } from '../../workers/engines/hunyuan/generate-shape.ts';
import { seededNoise } from '../../workers/engines/hunyuan/sampling/seeded-noise.ts';
import { extractSurface } from '../../workers/geometry/extract-surface.ts';
import { decodeImage } from '../../workers/imaging/decode-image.ts';
import { openNetwork } from '../../workers/runtime/network-session.ts';
import { ApiClient, type Status } from '../helpers/api-client.ts';
import { type FakeHub, sha256Of, startFakeHub } from '../helpers/fake-hub.ts';
import { meshVolume } from '../helpers/mesh-volume.ts';
import { modelEntry } from '../helpers/model-entries.ts';
import { disableTelemetry } from '../helpers/run-graph.ts';
import { validateGlb } from '../helpers/validate-glb.ts';

const MAIN = join(import.meta.dir, '../../src/main.ts');
const FIXTURES = join(import.meta.dir, '../fixtures/hunyuan');
const SETTINGS = { steps: 3, guidanceScale: 5, octreeResolution: 48, seed: 7 };
const OPTIONS = {
  engine: 'tiny-2.1',
  num_inference_steps: SETTINGS.steps,
  guidance_scale: SETTINGS.guidanceScale,
  octree_resolution: SETTINGS.octreeResolution,
  seed: SETTINGS.seed,
};

const folder = mkdtempSync(join(tmpdir(), 'hy3d-hunyuan-job-'));
const modelsDir = join(folder, 'models');
const picture = readFileSync(join(FIXTURES, 'images/single.png'));
const paths = ['hunyuan3d-dit-v2-1/config.yaml', 'hunyuan3d-dit-v2-1/model.fp16.ckpt'] as const;
const files = Object.fromEntries(
  paths.map((path) => [`acme/tiny-2.1/${path}`, readFileSync(join(FIXTURES, 'hunyuan3d-2.1-tiny', path))]),
);
const entry = modelEntry({
  name: 'tiny-2.1',
  repo: 'acme/tiny-2.1',
  files: [
    { role: 'config', path: paths[0] },
    { role: 'weights', path: paths[1], sha256: sha256Of(files[`acme/tiny-2.1/${paths[1]}`] as Uint8Array) },
  ],
});

let hub: FakeHub;
let server: BenchServer;
let api: ApiClient;

async function hy3d(...args: string[]): Promise<string> {
  const run = Bun.spawn([process.execPath, MAIN, ...args, '--models', modelsDir], {
    env: { ...process.env, HF_ENDPOINT: hub.origin },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr] = await Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text()]);
  expect(`${await run.exited}: ${stderr}`).toStartWith('0:');
  return stdout;
}

beforeAll(async () => {
  disableTelemetry();
  hub = await startFakeHub({ files });
  await Bun.write(join(modelsDir, 'manifest.json'), JSON.stringify({ models: [entry] }));
  server = await startBenchServer(['--data', join(folder, 'data'), '--models', modelsDir, '--gpus', 'none']);
  api = new ApiClient(server.base);
});
afterAll(async () => {
  await server.stop();
  await hub.stop();
  rmSync(folder, { recursive: true });
});

async function runJob(options: object): Promise<Status & { engine?: { name: string } }> {
  const id = await api.generate({ images: { front: picture.toString('base64') }, options });
  for (;;) {
    const status = await api.status(id);
    if (status.status === 'completed' || status.status === 'failed') return status;
    await Bun.sleep(50);
  }
}

/** The same job without server, worker and files around it. */
async function expectedVolume(): Promise<number> {
  const found = findInstalled(modelsDir, loadManifest(modelsDir).find(({ name }) => name === entry.name) ?? entry);
  if ('missing' in found) throw new Error(found.missing.join());
  const options = { format: 'fp32', attention: 'fused', experts: 'sparse', conditionCache: true } as const;
  const model = planShapeModel(found, options);
  const field = await generateShape(model, {
    pictures: { front: await decodeImage(picture, { maxPixels: 1e6, name: 'front' }) },
    settings: SETTINGS,
    noise: seededNoise(SETTINGS.seed, 24 * 8),
    selection: 'mean',
    open: ({ model: bytes, weightBytes }) => openNetwork(bytes, { provider: 'cpu', weightBytes }),
    onProgress: () => {},
    log: () => {},
  });
  model.close();
  return volumeOfUnitBox(extractSurface(field));
}

/** Volume after the longest side was made 1: what does not depend on where an object stands and how large it is. */
function volumeOfUnitBox(mesh: { positions: Float32Array; indices: Uint32Array }): number {
  let longest = 0;
  for (let axis = 0; axis < 3; axis++) {
    const along = mesh.positions.filter((_, i) => i % 3 === axis).toSorted();
    longest = Math.max(longest, (along.at(-1) ?? 0) - (along[0] ?? 0));
  }
  return meshVolume(mesh) / longest ** 3;
}

describe('a tiny Hunyuan3D checkpoint', () => {
  test('is not an engine before it is pulled, and the error says how to get it', async () => {
    const { status, error, error_code } = await runJob(OPTIONS);
    expect(status).toBe('failed');
    expect(error_code).toBe('engine.unavailable');
    expect(error).toContain('hy3d models pull tiny-2.1');
  });

  test('is pulled over HTTP, built and verified by the command line', async () => {
    expect(await hy3d('models', 'pull', 'tiny-2.1', '--accept-licence')).toContain('Installed tiny-2.1');
    expect(await hy3d('models', 'build', 'tiny-2.1', '--format', 'fp32')).toContain('Built tiny-2.1 as fp32');
    const verified = await hy3d('models', 'verify', 'tiny-2.1');
    expect(verified).toContain('built as fp32');
    expect(verified).not.toMatch(/WRONG|MISSING/);
  });

  test('makes the model that its networks give, through the server and a worker process', async () => {
    const job = await runJob({ ...OPTIONS, should_remesh: false, should_texture: false });
    expect(job.error).toBeUndefined();
    expect(job.engine?.name).toBe('tiny-2.1');
    const glb = new Uint8Array(await (await api.fetch(job.model_urls?.glb ?? '')).arrayBuffer());
    expect(await validateGlb(glb)).toEqual({ errors: 0, warnings: 0, messages: [] });
    const primitive = (await new NodeIO().readBinary(glb)).getRoot().listMeshes()[0]?.listPrimitives()[0];
    const positions = Float32Array.from(primitive?.getAttribute('POSITION')?.getArray() ?? []);
    const indices = Uint32Array.from(primitive?.getIndices()?.getArray() ?? []);
    // Cleaning may take specks away.
    expect(volumeOfUnitBox({ positions, indices }) / (await expectedVolume())).toBeWithin(0.98, 1.02);
  });

  test('makes the same bytes again for the same seed, other ones for another, with textures from the picture', async () => {
    const options = { ...OPTIONS, face_count: 1000, texture_size: 256 };
    const bytesOf = async (job: Status) => sha256Of(await (await api.fetch(job.model_urls?.glb ?? '')).bytes());
    const [first, second] = [await runJob(options), await runJob(options)];
    expect(first.error).toBeUndefined();
    expect(await bytesOf(second)).toBe(await bytesOf(first));
    expect(await bytesOf(await runJob({ ...options, seed: 8 }))).not.toBe(await bytesOf(first));
  });

  test('gives the same bytes where its networks were loaded ahead and stay for the next job', async () => {
    const options = { ...OPTIONS, face_count: 1000, should_texture: false };
    const bytesOf = async (job: Status) => sha256Of(await (await api.fetch(job.model_urls?.glb ?? '')).bytes());
    const cold = await bytesOf(await runJob(options));
    const flags = ['--standby', '1', '--standby-engine', 'tiny-2.1', '--max-jobs-per-worker', '2'];
    const place = ['--data', join(folder, 'warm'), '--models', modelsDir, '--gpus', 'none', '--cpu-slots', '1'];
    const warm = await startBenchServer([...place, ...flags, '--log-level', 'info']);
    const coldApi = api;
    try {
      await warm.logLine('GB of networks on cpu');
      api = new ApiClient(warm.base);
      expect([await bytesOf(await runJob(options)), await bytesOf(await runJob(options))]).toEqual([cold, cold]);
    } finally {
      api = coldApi;
      await warm.stop();
    }
  });

  test('is what auto takes once it is there', async () => {
    const job = await runJob({ ...OPTIONS, engine: 'auto', should_texture: false, face_count: 1000 });
    expect(job).toMatchObject({ status: 'completed', engine: { name: 'tiny-2.1' } });
  });

  test('whose weights belong to another configuration fails the job alone, and says so', async () => {
    const config = join(modelsDir, 'acme/tiny-2.1', paths[0]);
    const right = readFileSync(config, 'utf8');
    // The record of the installation knows the right size, so the edit keeps it.
    writeFileSync(config, right.replace('hidden_size: 64', 'hidden_size: 48'));
    const job = await runJob(OPTIONS);
    writeFileSync(config, right);
    expect(job).toMatchObject({ status: 'failed', error_code: 'model.unsupported' });
    expect(job.error).toContain('do not fit the configuration');
  });

  test('that was cut short is not taken for an engine', async () => {
    truncateSync(join(modelsDir, 'acme/tiny-2.1', paths[1]), 100_000);
    const job = await runJob(OPTIONS);
    expect(job).toMatchObject({ status: 'failed', error_code: 'engine.unavailable' });
    expect(job.error).toContain('100000 bytes');
    expect((await api.fetch('/api/health')).status).toBe(200);
  });
});
