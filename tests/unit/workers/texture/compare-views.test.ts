import { describe, expect, test } from 'bun:test';
import { compareWithView } from '../../../../workers/texture/compare-views.ts';
import { linearToSrgb } from '../../../../workers/texture/srgb.ts';
import { photograph } from '../../../helpers/photograph.ts';
import { createUvBox } from '../../../helpers/texture-shapes.ts';

const GREY = 0.4;
const view = photograph(createUvBox([0.8, 0.8, 0.8], 2), 'front', 120, () => [GREY, GREY, GREY]);

function createColor(value: number) {
  return { width: 8, height: 8, pixels: new Uint8Array(192).fill(value) };
}

describe('compareWithView', () => {
  test('finds no error in the mesh and the colour that made the picture', () => {
    const color = createColor(Math.round(linearToSrgb(GREY)));
    const result = compareWithView(createUvBox([0.8, 0.8, 0.8], 2), color, view);
    expect(result.silhouetteIou).toBe(1);
    expect(result.colourError!).toBeLessThan(1e-6);
  });

  test('measures the share of the outlines that agree', () => {
    const narrow = createUvBox([0.4, 0.8, 0.8], 2);
    expect(compareWithView(narrow, null, view)).toEqual({ silhouetteIou: 0.5, colourError: null });
  });

  test("measures colour as OKLab distance: black against grey differs by the grey's lightness", () => {
    const { colourError } = compareWithView(createUvBox([0.8, 0.8, 0.8], 2), createColor(0), view);
    expect(colourError!).toBeCloseTo(Math.cbrt(GREY), 2);
  });

  test('has nothing to compare for a mesh outside of the picture', () => {
    const outside = createUvBox([0.1, 0.1, 0.1], 1, [5, 0, 0]);
    expect(compareWithView(outside, createColor(9), view)).toEqual({ silhouetteIou: 0, colourError: null });
  });
});
