import { describe, expect, test } from 'bun:test';
import { fillGutters } from '../../../../workers/texture/fill-gutters.ts';

function createImage(width: number, height: number, known: ReadonlyMap<number, readonly number[]>) {
  const pixels = new Uint8Array(3 * width * height);
  const mask = new Uint8Array(width * height);
  for (const [texel, color] of known) {
    pixels.set(color, 3 * texel);
    mask[texel] = 1;
  }
  return { image: { width, height, pixels }, mask };
}

describe('fillGutters', () => {
  test('keeps known texels and spreads a single colour over everything', () => {
    const { image, mask } = createImage(13, 7, new Map([[40, [10, 200, 30]]]));
    fillGutters(image, mask);
    for (let i = 0; i < image.pixels.length; i += 3)
      expect([...image.pixels.subarray(i, i + 3)]).toEqual([10, 200, 30]);
  });

  test('gives a gutter the colour of the chart it lies at', () => {
    const known = new Map<number, readonly number[]>();
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 4; x++) {
        known.set(y * 16 + x, [200, 0, 0]);
        known.set(y * 16 + 15 - x, [0, 0, 200]);
      }
    }
    const { image, mask } = createImage(16, 16, known);
    fillGutters(image, mask);
    for (let y = 0; y < 16; y++) {
      expect([...image.pixels.subarray(3 * (y * 16 + 4), 3 * (y * 16 + 4) + 3)]).toEqual([200, 0, 0]);
      expect([...image.pixels.subarray(3 * (y * 16 + 11), 3 * (y * 16 + 11) + 3)]).toEqual([0, 0, 200]);
    }
  });

  test('leaves an image without any known texel as it is', () => {
    const { image, mask } = createImage(4, 4, new Map());
    image.pixels.fill(7);
    fillGutters(image, mask);
    expect(image.pixels.every((value) => value === 7)).toBe(true);
  });
});
