import { describe, expect, test } from 'bun:test';
import { consistencySigmas, flowMatchSigmas } from '../../../../../../workers/engines/hunyuan/sampling/schedules.ts';
import { readSafetensors } from '../../../../../helpers/read-safetensors.ts';

const FIXTURES = new URL('../../../../../fixtures/hunyuan/', import.meta.url).pathname;
const sigmasOf = (model: string, steps: number) =>
  readSafetensors(`${FIXTURES}${model}/reference.safetensors`)[`schedule${steps}.sigmas`]!.data;

const rounded = (sigmas: Float32Array) => Array.from(sigmas, (sigma) => Number(sigma.toFixed(7)));

describe('flowMatchSigmas', () => {
  test.each([5, 50])('equals the reference with %p steps, to the bit', (steps) => {
    expect(flowMatchSigmas(steps, 1)).toEqual(sigmasOf('hunyuan3d-2.1-tiny', steps));
    expect(flowMatchSigmas(steps, 1)).toEqual(sigmasOf('hunyuan3d-2mv-tiny', steps));
  });

  test('ends with an empty step', () => {
    expect([...flowMatchSigmas(5, 1)]).toEqual([0, 0.25, 0.5, 0.75, 1, 1]);
  });

  test('moves the times towards data with a shift above 1', () => {
    expect(rounded(flowMatchSigmas(5, 3))).toEqual([0, 0.5, 0.75, 0.9, 1, 1]);
  });

  test('takes one step from noise to data where one is asked for', () => {
    expect([...flowMatchSigmas(1, 1)]).toEqual([0, 1]);
  });
});

describe('consistencySigmas', () => {
  test.each([5, 50])('equals the reference with %p steps, to the bit', (steps) => {
    expect(consistencySigmas(steps, 1000, 100)).toEqual(sigmasOf('hunyuan3d-2mini-turbo-tiny', steps));
  });

  test('takes eight of the hundred trained times, and no step is empty', () => {
    const sigmas = consistencySigmas(8, 1000, 100);
    expect(rounded(sigmas)).toEqual([
      0, 0.1191191, 0.2492492, 0.3693694, 0.4994995, 0.6196196, 0.7497497, 0.8698699, 1,
    ]);
  });
});
