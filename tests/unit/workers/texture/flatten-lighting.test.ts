import { describe, expect, test } from 'bun:test';
import { VIEW_NAMES } from '../../../../src/protocol/views.ts';
import type { PreparedView } from '../../../../workers/imaging/prepared-view.ts';
import { projectViews } from '../../../../workers/texture/project-views.ts';
import { linearToSrgb } from '../../../../workers/texture/srgb.ts';
import { type Paint, photograph, type Vector } from '../../../helpers/photograph.ts';
import { createUvBox, createUvSphere } from '../../../helpers/texture-shapes.ts';

const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** Soft lamp from the upper left that hangs on the camera, at most 0.9. */
function lamp(normal: Vector, { right, up, toward }: PreparedView['camera']): number {
  const direction = [0, 1, 2].map((k) => -0.5 * right[k]! + 0.6 * up[k]! + 0.62 * toward[k]!) as unknown as Vector;
  return 0.35 + 0.55 * Math.max(0, dot(normal, direction));
}

/** Mean absolute difference in sRGB levels from a painted colour over the trusted pixels. */
function meanError(color: Float32Array, truth: (pixel: number) => number[], weight: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < weight.length; i++) {
    if (weight[i]! < 0.05) continue;
    const expected = truth(i);
    for (let k = 0; k < 3; k++) sum += Math.abs(color[3 * i + k]! - expected[k]!);
    count += 3;
  }
  return sum / count;
}

describe('flattened light', () => {
  test('brings a lit sphere of one colour at least five times nearer to its paint', () => {
    const sphere = createUvSphere(0.9, 96, 48);
    const albedo: Vector = [0.5, 0.3, 0.2];
    const paint: Paint = (_, normal, camera) => albedo.map((a) => a * lamp(normal, camera)) as unknown as Vector;
    const views = VIEW_NAMES.map((name) => photograph(sphere, name, 160, paint));
    const truth = albedo.map(linearToSrgb);
    const lit = projectViews(sphere, views, { flatten: 0 }).views[0]!;
    const flat = projectViews(sphere, views, { flatten: 1 }).views[0]!;
    const before = meanError(lit.color, () => truth, lit.weight);
    const after = meanError(flat.color, () => truth, flat.weight);
    expect(before).toBeGreaterThan(20);
    expect(after).toBeLessThan(before / 5);
  });

  test('finds the light in spite of patches of different paint, and keeps the patches', () => {
    const sphere = createUvSphere(0.9, 96, 48);
    const patches: Vector[] = [
      [0.7, 0.65, 0.6],
      [0.05, 0.05, 0.06],
      [0.5, 0.1, 0.1],
    ]; // prettier-ignore
    const paintOf = (p: Vector) => patches[Math.abs(Math.floor(3 * p[0] + 0.2) + Math.floor(3 * p[1])) % 3]!;
    const paint: Paint = (p, normal, camera) => paintOf(p).map((a) => a * lamp(normal, camera)) as unknown as Vector;
    const unlit: Paint = (p) => paintOf(p);
    const views = VIEW_NAMES.map((name) => photograph(sphere, name, 160, paint));
    const truth = photograph(sphere, 'front', 160, unlit).image.pixels;
    const at = (i: number) => [truth[4 * i]!, truth[4 * i + 1]!, truth[4 * i + 2]!];
    const lit = projectViews(sphere, views, { flatten: 0 }).views[0]!;
    const flat = projectViews(sphere, views, { flatten: 1 }).views[0]!;
    expect(meanError(flat.color, at, flat.weight)).toBeLessThan(meanError(lit.color, at, lit.weight) / 4);
  });

  test('still halves the error where the shape is only half as deep as the object was', () => {
    const sphere = createUvSphere(0.9, 96, 48);
    const paint: Paint = (_, normal, camera) =>
      [0.4, 0.4, 0.3].map((a) => a * lamp(normal, camera)) as unknown as Vector;
    const view = photograph(sphere, 'front', 160, paint);
    const flattened = createUvSphere(0.9, 96, 48);
    for (let i = 0; i < flattened.positions.length; i += 3) {
      flattened.positions[i + 2]! /= 2;
      const normal = [...flattened.normals.subarray(i, i + 3)] as unknown as [number, number, number];
      normal[2] *= 2;
      const length = Math.hypot(...normal);
      flattened.normals.set(
        normal.map((value) => value / length),
        i,
      );
    }
    const truth = [0.4, 0.4, 0.3].map(linearToSrgb);
    const lit = projectViews(flattened, [view], { flatten: 0 }).views[0]!;
    const flat = projectViews(flattened, [view], { flatten: 1 }).views[0]!;
    expect(meanError(flat.color, () => truth, flat.weight)).toBeLessThan(
      meanError(lit.color, () => truth, lit.weight) / 2,
    );
  });

  test('keeps a painted gradient on a flat side, where no light can be told', () => {
    const box = createUvBox();
    const gradient: Paint = ([, y]) => [0.3 + 0.2 * y, 0.3 + 0.2 * y, 0.3 + 0.2 * y];
    const view = photograph(box, 'front', 160, gradient);
    const flat = projectViews(box, [view], { flatten: 1 }).views[0]!;
    const at = (i: number) => [...view.image.pixels.subarray(4 * i, 4 * i + 3)];
    expect(meanError(flat.color, at, flat.weight)).toBeLessThan(1);
  });

  test('leaves a drawing without light as it is', () => {
    const sphere = createUvSphere(0.9, 96, 48);
    const view = photograph(sphere, 'front', 160, ([x]) => (x > 0 ? [0.6, 0.5, 0.2] : [0.2, 0.3, 0.6]));
    const flat = projectViews(sphere, [view], { flatten: 1 }).views[0]!;
    const at = (i: number) => [...view.image.pixels.subarray(4 * i, 4 * i + 3)];
    expect(meanError(flat.color, at, flat.weight)).toBeLessThan(3);
  });
});
