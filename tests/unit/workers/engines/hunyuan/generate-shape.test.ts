import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ViewName } from '../../../../../src/protocol/views.ts';
import { decodeShape } from '../../../../../workers/engines/hunyuan/decode-shape.ts';
import { denoise } from '../../../../../workers/engines/hunyuan/denoise.ts';
import { encodeCondition } from '../../../../../workers/engines/hunyuan/encode-condition.ts';
import { generateShape } from '../../../../../workers/engines/hunyuan/generate-shape.ts';
import { seededNoise } from '../../../../../workers/engines/hunyuan/sampling/seeded-noise.ts';
import { extractSurface } from '../../../../../workers/geometry/extract-surface.ts';
import type { ScalarField } from '../../../../../workers/geometry/mesh.ts';
import { decodeImage } from '../../../../../workers/imaging/decode-image.ts';
import type { ImageRgba } from '../../../../../workers/imaging/prepared-view.ts';
import { type OpenNetwork, openNetwork } from '../../../../../workers/runtime/network-session.ts';
import { assertWatertight } from '../../../../helpers/assert-watertight.ts';
import { relativeError } from '../../../../helpers/expect-tensor.ts';
import { meshVolume } from '../../../../helpers/mesh-volume.ts';
import { disableTelemetry } from '../../../../helpers/run-graph.ts';
import { openTinyModel, type TinyModel, tinyReference } from '../../../../helpers/tiny-shape-models.ts';

const IMAGES = join(import.meta.dir, '../../../../fixtures/hunyuan/images');
const open: OpenNetwork = ({ model, weightBytes }) => openNetwork(model, { provider: 'cpu', weightBytes });

beforeAll(disableTelemetry);

function picture(file: string, name: ViewName): Promise<ImageRgba> {
  return decodeImage(readFileSync(join(IMAGES, file)), { maxPixels: 1e6, name });
}

async function picturesOf(key: TinyModel): Promise<Partial<Record<ViewName, ImageRgba>>> {
  if (key !== '2mv') return { front: await picture('single.png', 'front') };
  // Not in the order of the networks, which the encoder must restore.
  return {
    right: await picture('view_right.png', 'right'),
    front: await picture('view_front.png', 'front'),
    back: await picture('view_back.png', 'back'),
    left: await picture('view_left.png', 'left'),
  };
}

describe.each(['2.1', '2mv', '2mini-turbo'] as const)('the whole chain of %s', (key) => {
  const reference = tinyReference(key);
  const { model, dispose } = openTinyModel(key);
  afterAll(dispose);
  const settings = { steps: 5, guidanceScale: 5, octreeResolution: 32, seed: 0 };

  test('samples the reference’s latents from its condition and noise', async () => {
    const { data, shape } = reference.cond!;
    const [tokens = 0, width = 0] = shape.slice(-2);
    const condition = { tokens, width, values: Float32Array.from(data) };
    const latents = await denoise(model, condition, reference.noise!.data, settings, open, {
      onStart: () => {},
      onProgress: () => {},
    });
    const tolerance = key === '2mini-turbo' ? 5e-4 : 1e-4;
    expect(relativeError(latents, reference['sample.step4.latents']!.data)).toBeLessThanOrEqual(tolerance);
  });

  test('makes the reference’s surface from its pictures and noise', async () => {
    const progress: number[] = [];
    const field = await generateShape(model, {
      pictures: await picturesOf(key),
      settings,
      noise: reference.noise!.data,
      selection: 'mean',
      open,
      onProgress: (fraction) => progress.push(fraction),
      log: () => {},
    });
    const mesh = extractSurface(field);
    const expected = {
      // The reference divides by one node too many.
      positions: reference['mesh32.vertices']!.data.map((x) => ((x + 1.01) * 33) / 32 - 1.01),
      indices: Uint32Array.from(reference['mesh32.faces']?.data ?? []),
    };
    assertWatertight(mesh);
    expect(mesh.positions.length / expected.positions.length).toBeCloseTo(1, 2);
    expect(mesh.indices.length / expected.indices.length).toBeCloseTo(1, 2);
    // Pictures may differ from the reference's by two levels of grey.
    expect(meshVolume(mesh) / meshVolume(expected)).toBeWithin(0.998, 1.002);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBeCloseTo(1);
  });
});

describe('decoding with the turbo VAE', () => {
  const reference = tinyReference('2mini-turbo');
  const { model, dispose } = openTinyModel('2mini-turbo', {}, true);
  afterAll(dispose);

  function valueAt({ values, dims: [n] }: ScalarField, x: number, y: number, z: number): number {
    return values[x + n * (y + n * z)] ?? Number.NaN;
  }

  test.each(['mean', 'merge'] as const)('gives the reference’s field with latents chosen by %s', async (selection) => {
    const latents = reference['sample.step4.latents']!.data;
    const field = await decodeShape(model, latents, { resolution: 128, selection, onProgress: () => {} }, open);
    const index = reference[`flash.${selection}.index`]!.data;
    const expected = reference[`flash.${selection}.values`]!.data;
    const errors = Array.from(expected, (value, i) =>
      Math.abs(valueAt(field, index[3 * i]!, index[3 * i + 1]!, index[3 * i + 2]!) - value),
    );
    expect(errors.filter((error) => error <= 1e-3).length / errors.length).toBeGreaterThanOrEqual(0.98);
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.05);

    const evaluated = field.values.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
    expect(evaluated / reference[`flash.${selection}.evaluated`]!.data[1]!).toBeWithin(0.998, 1.002);

    const mesh = extractSurface(field);
    const [vertices, faces, closed, volume] = reference[`flash.${selection}.mesh`]!.data;
    expect(closed).toBe(1);
    assertWatertight(mesh);
    expect(mesh.positions.length / 3 / vertices!).toBeWithin(0.99, 1.01);
    expect(mesh.indices.length / 3 / faces!).toBeWithin(0.99, 1.01);
    // The reference divides by the number of nodes of the resolution that was asked for.
    expect((meshVolume(mesh) * (126 / 129) ** 3) / volume!).toBeWithin(0.995, 1.005);
  });
});

test('two of four views give the reference’s condition', async () => {
  const { model, dispose } = openTinyModel('2mv');
  const { front, back } = await picturesOf('2mv');
  const { values, tokens } = await encodeCondition(
    model,
    { ...(back && { back }), ...(front && { front }) },
    open,
    () => {},
  );
  dispose();
  expect(tokens).toBe(2 * 17);
  // Pictures may differ from the reference's by two levels of grey.
  expect(relativeError(values, tinyReference('2mv')['cond.front_back']!.data)).toBeLessThanOrEqual(5e-3);
});

describe.each(['2.1', '2mv', '2mini-turbo'] as const)('a failure on the way through %s', (key) => {
  const { model, dispose } = openTinyModel(key, {}, key === '2mini-turbo');
  afterAll(dispose);

  /** Runs a job whose `failing`-th call of a network, counted from 0, fails; counts calls and networks left loaded. */
  async function countLoaded(failing: number) {
    const settings = { steps: 2, guidanceScale: 1, octreeResolution: 32, seed: 0 };
    const { num_latents: latents, embed_dim: channels } = model.config.vae.params;
    let [calls, loaded, failed] = [0, 0, false];
    const openFailing: OpenNetwork = async (network) => {
      const session = await open(network);
      loaded++;
      return {
        run: (feeds, outputs) => {
          if (calls++ !== failing) return session.run(feeds, outputs);
          failed = true;
          return Promise.reject(new Error('the network failed'));
        },
        release: () => {
          loaded--;
          return session.release();
        },
      };
    };
    await generateShape(model, {
      pictures: { front: await picture('single.png', 'front') },
      settings,
      noise: seededNoise(0, latents * channels),
      selection: 'merge',
      open: openFailing,
      onProgress: () => {},
      log: () => {},
    }).catch(() => {});
    return { loaded, failed };
  }

  test('leaves no network loaded', async () => {
    for (let failing = 0; failing < 8; failing++)
      expect(await countLoaded(failing)).toEqual({ loaded: 0, failed: true });
  });
});
