import { describe, expect, test } from 'bun:test';
import { interpolateAtTexel, rasterizeUv } from '../../../../workers/texture/rasterize-uv.ts';
import { createUvBox, createUvSphere } from '../../../helpers/texture-shapes.ts';

describe('rasterizeUv', () => {
  test('maps row 0 to v = 0 and interpolates positions at texel centres', () => {
    // one quad over the whole texture: x = u, y = v
    const mesh = {
      positions: Float32Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0),
      uvs: Float32Array.of(0, 0, 1, 0, 1, 1, 0, 1),
      indices: Uint32Array.of(0, 1, 2, 0, 2, 3),
    };
    const texels = rasterizeUv(mesh, 16);
    expect(texels.coveredCount).toBe(256);
    const point = [0, 0, 0];
    interpolateAtTexel(texels, 3 * 16 + 5, mesh.indices, mesh.positions, 3, point);
    expect(point[0]).toBeCloseTo(5.5 / 16, 5);
    expect(point[1]).toBeCloseTo(3.5 / 16, 5);
  });

  test('covers the area of the charts and adds a margin of one texel that stays on the surface', () => {
    const box = createUvBox();
    const size = 240;
    const bare = rasterizeUv(box, size, 0);
    const withMargin = rasterizeUv(box, size, 1);
    expect(bare.coveredCount).toBe(6 * 72 * 108);
    expect(withMargin.coveredCount).toBe(bare.coveredCount);
    const point = [0, 0, 0];
    let margin = 0;
    for (let i = 0; i < withMargin.faceId.length; i++) {
      if (withMargin.faceId[i]! < 0 || bare.faceId[i]! >= 0) continue;
      margin++;
      interpolateAtTexel(withMargin, i, box.indices, box.positions, 3, point);
      expect(Math.max(...point.map(Math.abs))).toBeCloseTo(1, 5);
    }
    // one ring around each chart; its corners are farther than one texel only diagonally
    expect(margin).toBe(6 * (2 * 72 + 2 * 108 + 4));
  });

  test('gives the same texels in bands as at once', () => {
    const sphere = createUvSphere(1, 24, 12);
    const whole = rasterizeUv(sphere, 90);
    for (const [firstRow, rowCount] of [
      [0, 31],
      [31, 31],
      [62, 28],
    ] as const) {
      const band = rasterizeUv(sphere, 90, 1, firstRow, rowCount);
      expect(band.faceId).toEqual(whole.faceId.subarray(90 * firstRow, 90 * (firstRow + rowCount)));
    }
  });

  test('keeps a chart that is thinner than a texel', () => {
    const sliver = {
      positions: Float32Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0),
      uvs: Float32Array.of(0.1, 0.501, 0.9, 0.501, 0.9, 0.504),
      indices: Uint32Array.of(0, 1, 2),
    };
    const texels = rasterizeUv(sliver, 16);
    expect(texels.coveredCount).toBe(0);
    expect(texels.faceId.some((face) => face === 0)).toBe(true);
  });

  test('refuses a mesh without uvs', () => {
    const mesh = { positions: new Float32Array(9), indices: Uint32Array.of(0, 1, 2) };
    expect(() => rasterizeUv(mesh, 8)).toThrow('expected a mesh with 3 uvs, got none');
  });
});
