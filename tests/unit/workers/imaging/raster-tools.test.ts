import { describe, expect, test } from 'bun:test';
import { boxBlur } from '../../../../workers/imaging/box-blur.ts';
import { toOklab } from '../../../../workers/imaging/color-space.ts';
import { borderPixels, growMask, labelComponents } from '../../../../workers/imaging/connected-components.ts';
import { distanceToMask } from '../../../../workers/imaging/distance-transform.ts';
import { extendColors } from '../../../../workers/imaging/extend-colors.ts';
import { fitMixture, logDensity } from '../../../../workers/imaging/gaussian-mixture.ts';
import { fitGuidedFilter } from '../../../../workers/imaging/guided-filter.ts';
import { pixelBounds, subpixelBounds } from '../../../../workers/imaging/measure-bounds.ts';
import {
  evaluateRow,
  fitPolynomials,
  tabulateBasis,
  termCount,
} from '../../../../workers/imaging/polynomial-surface.ts';
import { resampleSquare } from '../../../../workers/imaging/resample.ts';
import { drawPicture, edge, seededRandom } from '../../../helpers/pictures.ts';

/** A mask drawn with `#` for 1. */
function mask(...rows: string[]): { cells: Uint8Array; width: number; height: number } {
  const cells = Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));
  return { cells, width: rows[0]!.length, height: rows.length };
}

describe('labelComponents', () => {
  const { cells, width, height } = mask(
    '##..#', //
    '#..#.',
    '...#.',
  );

  test('joins diagonals with 8 neighbours only', () => {
    expect(labelComponents(cells, width, height, 8).areas).toEqual([0, 3, 3]);
    expect(labelComponents(cells, width, height, 4).areas).toEqual([0, 3, 1, 2]);
  });

  test('does not join across the ends of rows', () => {
    const { cells: wrapped } = mask('..#', '#..');
    expect(labelComponents(wrapped, 3, 2, 8).areas).toEqual([0, 1, 1]);
  });
});

test('growMask floods passable pixels and nothing behind a wall', () => {
  const { cells, width, height } = mask('##.##', '##.##');
  const grown = new Uint8Array(10);
  grown[0] = 1;
  growMask(grown, cells, width, height);
  expect([...grown]).toEqual([1, 1, 0, 0, 0, 1, 1, 0, 0, 0]);
});

test('borderPixels lists each pixel of the frame once', () => {
  expect(borderPixels(4, 3)).toEqual([0, 1, 2, 3, 4, 7, 8, 9, 10, 11]);
  expect(new Set(borderPixels(9, 7, 2)).size).toBe(9 * 7 - 5 * 3);
  expect(borderPixels(9, 7, 2)).toHaveLength(9 * 7 - 5 * 3);
  expect(borderPixels(3, 2, 5)).toHaveLength(6);
});

test('distanceToMask stays within 8 % of the Euclidean distance', () => {
  const size = 41;
  const cells = new Uint8Array(size * size);
  const spots = [
    [5, 9],
    [30, 33],
  ] as const;
  for (const [x, y] of spots) cells[y * size + x] = 1;
  distanceToMask(cells, size, size).forEach((d, i) => {
    const exact = Math.min(...spots.map(([x, y]) => Math.hypot((i % size) - x, Math.floor(i / size) - y)));
    expect(d).toBeGreaterThanOrEqual(exact - 1e-4);
    expect(d).toBeLessThanOrEqual(1.0824 * exact + 1e-4);
  });
  expect(distanceToMask(new Uint8Array(4), 2, 2).every((d) => d === Number.POSITIVE_INFINITY)).toBe(true);
});

test('boxBlur is the mean of the window cut at the border', () => {
  const [width, height] = [9, 7];
  const random = seededRandom(1);
  const plane = Float32Array.from({ length: width * height }, () => random());
  for (const radius of [0, 1, 2, 12]) {
    const blurred = plane.slice();
    boxBlur(blurred, width, height, radius);
    blurred.forEach((value, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      const seen: number[] = [];
      plane.forEach((v, j) => {
        if (Math.abs((j % width) - x) <= radius && Math.abs(Math.floor(j / width) - y) <= radius) seen.push(v);
      });
      expect(value).toBeCloseTo(seen.reduce((s, v) => s + v, 0) / seen.length, 5);
    });
  }
});

test('toOklab gives the published values of red, green, blue and white', () => {
  const pixels = Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255);
  const { planes } = toOklab(pixels, 4, 1);
  const expected = [
    [0.62796, 0.22486, 0.12585],
    [0.86644, -0.23389, 0.1795],
    [0.45201, -0.03246, -0.31153],
    [1, 0, 0],
  ];
  expected.forEach((color, i) => {
    color.forEach((v, c) => {
      expect(planes[c]![i]!).toBeCloseTo(v, 3);
    });
  });
});

describe('extendColors', () => {
  test('keeps covered pixels, fills the others with the colours near them, leaves alpha', () => {
    const picture = drawPicture(64, 64, (x, y) =>
      Math.hypot(x - 32, y - 32) < 10 ? [x < 32 ? 200 : 40, 90, 20, 255] : [7, 7, 7, 0],
    );
    const before = picture.pixels.slice();
    extendColors(picture.pixels, 64, 64);
    for (let i = 0; i < before.length; i += 4) {
      expect(picture.pixels[i + 3]).toBe(before[i + 3]!);
      if (before[i + 3] === 255) expect(picture.pixels[i]).toBe(before[i]!);
      else expect(Math.abs(picture.pixels[i + 1]! - 90)).toBeLessThanOrEqual(1);
    }
    // Just outside the rim, left and right.
    expect(picture.pixels[4 * (32 * 64 + 20)]).toBeGreaterThan(180);
    expect(picture.pixels[4 * (32 * 64 + 43)]).toBeLessThan(60);
  });

  test('leaves a picture without coverage as it is', () => {
    const picture = drawPicture(5, 3, () => [9, 8, 7, 0]);
    extendColors(picture.pixels, 5, 3);
    expect(picture.pixels.every((v, i) => v === [9, 8, 7, 0][i % 4])).toBe(true);
  });
});

describe('bounds', () => {
  test('subpixelBounds measures edges that cut through pixels', () => {
    const [x0, y0, x1, y1] = [10.3, 8.75, 40.6, 22.1];
    const picture = drawPicture(50, 30, (x, y) => {
      const cover = edge(Math.min(x - x0, x1 - x)) * edge(Math.min(y - y0, y1 - y));
      return [0, 0, 0, 255 * cover];
    });
    const bounds = subpixelBounds(picture)!;
    expect(bounds.minX).toBeCloseTo(x0, 1);
    expect(bounds.maxX).toBeCloseTo(x1, 1);
    expect(bounds.minY).toBeCloseTo(y0, 1);
    expect(bounds.maxY).toBeCloseTo(y1, 1);
    expect(pixelBounds(picture)).toEqual({ minX: 10, minY: 9, maxX: 41, maxY: 22 });
  });

  test('there are none without coverage of half a pixel', () => {
    expect(subpixelBounds(drawPicture(4, 4, () => [0, 0, 0, 127]))).toBeUndefined();
  });
});

describe('resampleSquare', () => {
  const disc = drawPicture(200, 160, (x, y) => [180, 60, 20, 255 * edge(50 - Math.hypot(x - 90, y - 75))]);

  test('scales and centres', () => {
    for (const step of [0.6, 1, 1.7]) {
      const size = 220;
      const bounds = subpixelBounds(resampleSquare(disc, { centerX: 90, centerY: 75, step, size }))!;
      expect(bounds.minX).toBeCloseTo(size / 2 - 50 / step, 0);
      expect(bounds.maxX - bounds.minX).toBeCloseTo(100 / step, 0);
      expect((bounds.minX + bounds.maxX) / 2).toBeCloseTo(size / 2, 0);
      expect((bounds.minY + bounds.maxY) / 2).toBeCloseTo(size / 2, 0);
    }
  });

  test('is the identity at step 1 on the grid', () => {
    const same = resampleSquare(disc, { centerX: 80, centerY: 80, step: 1, size: 160 });
    let worst = 0;
    for (let y = 0; y < 160; y++) {
      for (let x = 0; x < 160; x++) {
        const [p, q] = [4 * (y * 160 + x), 4 * (y * 200 + x)];
        const channels = disc.pixels[q + 3] === 0 ? [3] : [0, 1, 2, 3];
        for (const c of channels) worst = Math.max(worst, Math.abs(same.pixels[p + c]! - disc.pixels[q + c]!));
      }
    }
    expect(worst).toBeLessThanOrEqual(1);
  });

  test('does not let hidden colours of transparent pixels in', () => {
    const dirty = drawPicture(200, 160, (x, y) =>
      Math.hypot(x - 90, y - 75) < 50 ? [180, 60, 20, 255] : [0, 255, 0, 0],
    );
    const reduced = resampleSquare(dirty, { centerX: 90, centerY: 75, step: 2.3, size: 60 });
    for (let i = 0; i < reduced.pixels.length; i += 4) {
      if (reduced.pixels[i + 3]! > 4) expect(Math.abs(reduced.pixels[i + 1]! - 60)).toBeLessThanOrEqual(32);
      if (reduced.pixels[i + 3]! > 64) expect(Math.abs(reduced.pixels[i + 1]! - 60)).toBeLessThanOrEqual(3);
    }
  });
});

test('fitPolynomials recovers a polynomial of its degree and evaluateRow gives it back', () => {
  const [width, height, degree] = [64, 48, 3];
  const value = (x: number, y: number): number => {
    const [u, v] = [(2 * x + 1) / width - 1, (2 * y + 1) / height - 1];
    return 0.3 + 0.2 * u - 0.4 * v + 0.1 * u * v + 0.05 * u ** 3 - 0.07 * u * v * v;
  };
  const indices = Int32Array.from({ length: 600 }, (_, k) => (k * 37) % (width * height));
  const values = Float64Array.from(indices, (p) => value(p % width, Math.floor(p / width)));
  const basis = tabulateBasis(indices, width, height, 4);
  const weights = new Float64Array(600).fill(1);
  const coefficients = fitPolynomials(basis, termCount(4), [values], weights, degree);
  const row = new Float32Array(width);
  for (const y of [0, 20, 47]) {
    evaluateRow({ width, height, degree, coefficients }, y, row);
    // Between the knots the row is straight: 64 pixels are few.
    for (let x = 0; x < width; x += 8) expect(row[x]!).toBeCloseTo(value(x, y), 4);
    for (let x = 0; x < width; x++) expect(Math.abs(row[x]! - value(x, y))).toBeLessThan(0.003);
  }
});

test('a mixture finds two clusters of colours and knows which it has seen', () => {
  const random = seededRandom(11);
  const normal = (): number => random() + random() + random() - 1.5;
  const n = 2000;
  const planes = [new Float32Array(n), new Float32Array(n), new Float32Array(n)];
  for (let i = 0; i < n; i++) {
    const center = i % 4 === 0 ? [0.8, 0.1, 0] : [0.3, -0.1, 0.1];
    for (let c = 0; c < 3; c++) planes[c]![i] = center[c]! + 0.04 * normal();
  }
  const mixture = fitMixture(planes, new Float32Array(n).fill(1), 2);
  expect(mixture.map(({ mean }) => mean[0]!).sort()).toEqual([expect.closeTo(0.3, 1), expect.closeTo(0.8, 1)]);
  expect(logDensity(mixture, 0.3, -0.1, 0.1)).toBeGreaterThan(logDensity(mixture, 0.8, 0.1, 0) + 0.5);
  expect(logDensity(mixture, 0.55, 0, 0.05)).toBeLessThan(logDensity(mixture, 0.8, 0.1, 0) - 5);
  // The density integrates to 1 over a box that holds it all.
  let integral = 0;
  const step = 0.02;
  for (let x = 0; x < 1.2; x += step) {
    for (let y = -0.4; y < 0.4; y += step) {
      for (let z = -0.3; z < 0.4; z += step) integral += Math.exp(logDensity(mixture, x, y, z)) * step ** 3;
    }
  }
  expect(integral).toBeCloseTo(1, 2);
});

test('the guided filter gives back a mask that is linear in the colours', () => {
  const [width, height] = [40, 30];
  const random = seededRandom(5);
  const plane = (): Float32Array => Float32Array.from({ length: width * height }, () => random());
  const guide = [plane(), plane(), plane()] as const;
  const linear = guide[0].map((v, i) => 0.5 * v - 0.2 * guide[1][i]! + 0.3 * guide[2][i]! + 0.1);
  const [a0, a1, a2, b] = fitGuidedFilter(guide, linear, width, height, 4, 1e-7);
  linear.forEach((expected, i) => {
    const value = a0[i]! * guide[0][i]! + a1[i]! * guide[1][i]! + a2[i]! * guide[2][i]! + b[i]!;
    expect(value).toBeCloseTo(expected, 2);
  });
});
