import { describe, expect, test } from 'bun:test';
import {
  measureLocalRadius,
  roundHeightSquared,
} from '../../../../../../workers/engines/hull/single-view/local-radius.ts';
import { disc, either, rectangle, segment } from '../../../../../helpers/lit-outline.ts';
import { GRID, indexAt, sampleOnGrid } from '../../../../../helpers/outline-map.ts';

describe('the local radius', () => {
  test('is the radius of a disc everywhere in it', () => {
    const radius = measureLocalRadius(sampleOnGrid(disc(0, 0, 0.8)), GRID);
    for (const x of [0, 0.3, 0.6, 0.75]) expect(Math.abs(radius[indexAt(x, 0)]! - 0.8)).toBeLessThan(0.05);
  });

  test('is half the width of a bar', () => {
    const radius = measureLocalRadius(sampleOnGrid(rectangle(1, 0.3)), GRID);
    for (const y of [0, 0.1, 0.2]) expect(Math.abs(radius[indexAt(0.2, y)]! - 0.3)).toBeLessThan(0.03);
  });

  test('tells a thin leg from the body it stands under', () => {
    const radius = measureLocalRadius(sampleOnGrid(either(disc(0, 0.4, 0.5), segment(0, 0, 0, -0.9, 0.06))), GRID);
    expect(radius[indexAt(0, 0.4)]!).toBeGreaterThan(0.45);
    expect(radius[indexAt(0, -0.6)]!).toBeLessThan(0.09);
  });

  test('gives the heights of the union of all inscribed balls, as brute force does', () => {
    const distance = sampleOnGrid(either(disc(-0.4, 0, 0.4), disc(0.4, 0.1, 0.3), segment(-0.4, 0, 0.4, 0.1, 0.1)));
    const radius = measureLocalRadius(distance, GRID);
    for (const [x, y] of [
      [-0.5, 0.1],
      [0, 0.05],
      [0.4, 0],
      [0.5, 0.2],
    ] as const) {
      let union = 0;
      distance.forEach((d, at) => {
        if (d <= 0) return;
        const [qx, qy] = [
          GRID.x0 + GRID.spacing * (at % GRID.width),
          GRID.y0 + GRID.spacing * Math.floor(at / GRID.width),
        ];
        union = Math.max(union, d * d - (x - qx) ** 2 - (y - qy) ** 2);
      });
      const at = indexAt(x, y);
      expect(Math.abs(roundHeightSquared(radius[at]!, distance[at]!) - union)).toBeLessThan(0.015);
    }
  });

  test('is finite and positive without any covered sample', () => {
    const radius = measureLocalRadius(
      sampleOnGrid(() => -1),
      GRID,
    );
    expect(radius.every((r) => r > 0 && Number.isFinite(r))).toBe(true);
  });
});
