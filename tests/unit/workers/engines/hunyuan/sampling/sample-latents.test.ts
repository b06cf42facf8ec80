import { describe, expect, test } from 'bun:test';
import {
  type Branch,
  type Guidance,
  sampleLatents,
} from '../../../../../../workers/engines/hunyuan/sampling/sample-latents.ts';
import { flowMatchSigmas } from '../../../../../../workers/engines/hunyuan/sampling/schedules.ts';
import { readSafetensors } from '../../../../../helpers/read-safetensors.ts';

const FIXTURES = new URL('../../../../../fixtures/hunyuan/', import.meta.url).pathname;
const EMBEDDED: Guidance = { kind: 'embedded' };

function expectClose(actual: Float32Array, expected: Float32Array, relative: number): void {
  expect(actual.length).toBe(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(worst).toBeLessThanOrEqual(relative * largest);
}

describe('sampleLatents', () => {
  test('goes straight to the data that a constant direction points at', async () => {
    const noise = Float32Array.from([1, -2, 3]);
    const data = [5, 6, -7];
    const direction = Float32Array.from(data, (value, i) => value - noise[i]!);
    const latents = await sampleLatents({
      noise,
      sigmas: flowMatchSigmas(7, 1),
      predict: async () => direction,
      guidance: EMBEDDED,
    });
    expectClose(latents, Float32Array.from(data), 1e-6);
    expect([...noise]).toEqual([1, -2, 3]);
  });

  test('is Euler’s method: dx/dt = x over n steps gives (1 + 1/n)^n', async () => {
    const latents = await sampleLatents({
      noise: Float32Array.of(1),
      sigmas: flowMatchSigmas(9, 1),
      predict: async (x) => x.slice(),
      guidance: EMBEDDED,
    });
    expectClose(latents, Float32Array.of((1 + 1 / 8) ** 8), 1e-6);
  });

  test('asks at the start of each step, not for empty steps, and reports every step', async () => {
    const asked: [number, Branch][] = [];
    const steps: [number, number][] = [];
    await sampleLatents({
      noise: new Float32Array(2),
      sigmas: flowMatchSigmas(3, 1),
      predict: async (x, time, branch) => {
        asked.push([time, branch]);
        return x.slice();
      },
      guidance: { kind: 'classifier-free', scale: 5 },
      onStep: (done, total) => steps.push([done, total]),
    });
    expect(asked).toEqual([
      [0, 'conditional'],
      [0, 'unconditional'],
      [0.5, 'conditional'],
      [0.5, 'unconditional'],
    ]);
    expect(steps).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  test.each([
    [0, 2],
    [1, 3],
    [5, 7],
  ])(
    'guidance scale %p extends from the unconditional prediction, 2, by the difference, 1',
    async (scale, expected) => {
      const latents = await sampleLatents({
        noise: new Float32Array(1),
        sigmas: Float32Array.of(0, 1),
        predict: async (_x, _t, branch) => Float32Array.of(branch === 'conditional' ? 3 : 2),
        guidance: { kind: 'classifier-free', scale },
      });
      expect([...latents]).toEqual([expected]);
    },
  );

  test.each([
    ['scale 1', { kind: 'classifier-free', scale: 1 } as const],
    ['an embedded scale', EMBEDDED],
  ])('does not ask for the unconditional prediction with %s', async (_, guidance) => {
    const branches = new Set<Branch>();
    await sampleLatents({
      noise: new Float32Array(1),
      sigmas: flowMatchSigmas(4, 1),
      predict: async (x, _t, branch) => {
        branches.add(branch);
        return x.slice();
      },
      guidance,
    });
    expect([...branches]).toEqual(['conditional']);
  });

  test('gives the event loop its turn between steps', async () => {
    let turns = 0;
    const turnsSeen: number[] = [];
    await sampleLatents({
      noise: new Float32Array(1),
      sigmas: flowMatchSigmas(4, 1),
      predict: async (x) => {
        turnsSeen.push(turns);
        setImmediate(() => turns++);
        return x.slice();
      },
      guidance: EMBEDDED,
    });
    expect(turnsSeen).toEqual([0, 1, 2]);
  });

  test.each([
    ['of another size', Float32Array.of(1, 2, 3), 'runtime.failed'],
    ['that is not finite', Float32Array.of(1, Number.NaN), 'runtime.failed'],
    ['that overflows', Float32Array.of(1, Number.POSITIVE_INFINITY), 'runtime.failed'],
  ])('refuses a prediction %s', async (_, prediction, code) => {
    const run = sampleLatents({
      noise: new Float32Array(2),
      sigmas: flowMatchSigmas(3, 1),
      predict: async () => prediction,
      guidance: EMBEDDED,
    });
    await expect(run).rejects.toMatchObject({ code });
  });
});

describe('sampleLatents against the reference', () => {
  test.each([
    ['hunyuan3d-2.1-tiny', { kind: 'classifier-free', scale: 5 }],
    ['hunyuan3d-2mv-tiny', { kind: 'classifier-free', scale: 5 }],
    ['hunyuan3d-2mini-turbo-tiny', EMBEDDED],
  ] as const)('%s: the first and last step from its predictions', async (model, guidance) => {
    const reference = readSafetensors(`${FIXTURES}${model}/reference.safetensors`);
    const sigmas = reference['schedule5.sigmas']!.data;
    const stepFrom = (noise: Float32Array, step: number) => {
      const { data } = reference[`sample.step${step}.prediction`]!;
      return sampleLatents({
        noise,
        sigmas: sigmas.slice(step, step + 2),
        predict: async (x, _t, branch) =>
          branch === 'conditional' ? data.subarray(0, x.length) : data.subarray(x.length),
        guidance,
      });
    };
    const first = await stepFrom(reference.noise!.data, 0);
    expectClose(first, reference['sample.step0.latents']!.data, 1e-6);
    const last = await stepFrom(reference['sample.step3.latents']!.data, 4);
    expectClose(last, reference['sample.step4.latents']!.data, 1e-6);
  });
});
