import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import {
  processPicture,
  processPictureToBytes,
} from '../../../../../../workers/engines/hunyuan/preprocess/process-picture.ts';
import { recentrePicture } from '../../../../../../workers/engines/hunyuan/preprocess/recentre-picture.ts';
import type { ImageRgba } from '../../../../../../workers/imaging/prepared-view.ts';
import { readSafetensors } from '../../../../../helpers/read-safetensors.ts';

const FIXTURES = new URL('../../../../../fixtures/hunyuan/', import.meta.url).pathname;
const BORDER = { borderRatio: 0.15 };

async function loadRgba(name: string): Promise<ImageRgba> {
  const picture = sharp(readFileSync(`${FIXTURES}images/${name}`)).ensureAlpha();
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixels: new Uint8Array(data) };
}

/** The first `channels` channels of a stored picture. */
async function loadExpected(name: string, channels: number): Promise<Uint8Array> {
  const { width, height, pixels } = await loadRgba(name);
  const bytes = new Uint8Array(channels * width * height);
  for (let i = 0; i < bytes.length; i++) bytes[i] = pixels[4 * Math.floor(i / channels) + (i % channels)]!;
  return bytes;
}

/** At most 2 levels apart anywhere and 0.05 on the mean: the reference's resampling rounds its weights. */
function expectSameLevels(actual: ArrayLike<number>, expected: Uint8Array, most = 2): void {
  expect(actual.length).toBe(expected.length);
  let [largest, sum] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    largest = Math.max(largest, difference);
    sum += difference;
  }
  expect(largest).toBeLessThanOrEqual(most);
  expect(sum / expected.length).toBeLessThan(0.05);
}

/** The picture that the reference's numbers below were made from: ramps that wrap, in an ellipse. */
function rampEllipse(
  height: number,
  width: number,
  [cy, cx, ry, rx]: readonly [number, number, number, number],
): ImageRgba {
  const pixels = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isInside = ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 < 1;
      pixels.set([4 * x, 5 * y, x + 2 * y, isInside ? 255 : 0], 4 * (y * width + x));
    }
  }
  return { width, height, pixels };
}

describe('processPicture against the reference', () => {
  test.each([
    ['single.png', 'expected_single_512', 512],
    ['opaque.png', 'expected_opaque_64', 64],
    ['view_front.png', 'expected_view0_front_256', 256],
    ['view_left.png', 'expected_view1_left_256', 256],
    ['view_back.png', 'expected_view2_back_256', 256],
    ['view_right.png', 'expected_view3_right_256', 256],
  ])('%s gives the same picture and the same mask', async (source, expected, size) => {
    const image = await loadRgba(source);
    expectSameLevels(processPictureToBytes(image, { size, ...BORDER }), await loadExpected(`${expected}.png`, 3));

    const { size: side, mask } = recentrePicture(image, 0.15);
    // The reference inverts the quotient, whose rounding decides where a place is a whole number.
    const step = 1 / (size / side);
    const nearest = Uint8Array.from({ length: size * size }, (_, i) => {
      const [x, y] = [Math.floor((i % size) * step), Math.floor(Math.floor(i / size) * step)];
      return mask[y * side + x]!;
    });
    expectSameLevels(nearest, await loadExpected(`${expected}_mask.png`, 1), 1);
  });

  test('the recentred picture is the same before its last resize', async () => {
    const { rgb } = recentrePicture(await loadRgba('single.png'), 0.15);
    expectSameLevels(rgb, await loadExpected('expected_single_recentred.png', 3));
  });

  test('planes hold value / 255 * 2 - 1 of the bytes, exactly', async () => {
    const image = await loadRgba('opaque.png');
    const bytes = processPictureToBytes(image, { size: 64, ...BORDER });
    const planes = processPicture(image, { size: 64, ...BORDER });
    for (let c = 0; c < 3; c++) {
      for (let i = 0; i < 64 * 64; i++) {
        if (planes[c * 64 * 64 + i] !== Math.fround((bytes[3 * i + c]! / 255) * 2 - 1)) {
          expect.unreachable(`channel ${c}, pixel ${i}`);
        }
      }
    }
  });

  test('the tiny models’ input picture comes out', async () => {
    const { image } = readSafetensors(`${FIXTURES}hunyuan3d-2.1-tiny/reference.safetensors`);
    const planes = processPicture(await loadRgba('single.png'), { size: 48, ...BORDER });
    const worst = planes.reduce((most, value, i) => Math.max(most, Math.abs(value - image!.data[i]!)), 0);
    expect(planes.length).toBe(image!.data.length);
    expect(worst).toBeLessThan(2.01 * (2 / 255));
  });

  test.each([
    {
      what: 'enlarged twice',
      picture: rampEllipse(48, 64, [20, 30, 14, 18]),
      means: [191.951, 182.514, 168.679],
      middle: [118, 99, 69],
      other: [101, 57, 48],
    },
    {
      what: 'shrunk to the final size without antialiasing',
      picture: rampEllipse(900, 1200, [400, 620, 300, 240]),
      means: [195.926, 196.527, 197.252],
      middle: [178, 209, 141],
      other: [126, 253, 28],
    },
  ])('ramps in an ellipse, $what, agree in their means and two pixels', ({ picture, means, middle, other }) => {
    const bytes = processPictureToBytes(picture, { size: 512, ...BORDER });
    const pixel = (row: number, column: number) => bytes.subarray(3 * (512 * row + column)).subarray(0, 3);
    const sums = [0, 0, 0];
    for (let i = 0; i < bytes.length; i++) sums[i % 3]! += bytes[i]!;
    for (let c = 0; c < 3; c++) {
      expect(Math.abs(sums[c]! / 512 ** 2 - means[c]!)).toBeLessThan(0.3);
      expect(Math.abs(pixel(256, 256)[c]! - middle[c]!)).toBeLessThanOrEqual(2);
      expect(Math.abs(pixel(150, 200)[c]! - other[c]!)).toBeLessThanOrEqual(2);
    }
    expect([...pixel(10, 10)]).toEqual([255, 255, 255]);
  });
});

describe('recentrePicture', () => {
  const block = (width: number, height: number, x0: number, y0: number, x1: number, y1: number): ImageRgba => {
    const pixels = new Uint8Array(4 * width * height);
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) pixels.set([10, 20, 30, 255], 4 * (y * width + x));
    return { width, height, pixels };
  };
  const coveredBox = ({ size, mask }: { size: number; mask: Uint8Array }) => {
    const covered = [...mask.keys()].filter((i) => mask[i]! > 0);
    const [columns, rows] = [covered.map((i) => i % size), covered.map((i) => Math.floor(i / size))];
    return [Math.min(...columns), Math.min(...rows), Math.max(...columns) + 1, Math.max(...rows) + 1];
  };

  test('puts the object in the middle of a square, its longer side at 85 %', () => {
    // 20 x 10 pixels lose their last column and row: 19 x 9, times 85 / 19 makes 85 x 40.
    expect(coveredBox(recentrePicture(block(100, 60, 5, 40, 25, 50), 0.15))).toEqual([7, 30, 92, 70]);
  });

  test('is the same wherever the object was', () => {
    const there = recentrePicture(block(100, 60, 70, 3, 90, 13), 0.15);
    expect(there).toEqual(recentrePicture(block(100, 60, 5, 40, 25, 50), 0.15));
  });

  test('leaves white around the object and its colour inside', () => {
    const { size, rgb } = recentrePicture(block(60, 60, 10, 10, 40, 40), 0.15);
    expect([...rgb.subarray(0, 3)]).toEqual([255, 255, 255]);
    const middle = 3 * (30 * size + 30);
    expect([...rgb.subarray(middle, middle + 3)]).toEqual([10, 20, 30]);
  });

  test('keeps a line that is one pixel wide after cropping', () => {
    const [left, top, right, bottom] = coveredBox(recentrePicture(block(1000, 1000, 500, 0, 502, 1000), 0.15));
    expect([right! - left!, bottom! - top!]).toEqual([1, 849 + 1]);
  });

  test.each([
    ['nothing', block(8, 8, 0, 0, 0, 0)],
    ['a single row', block(8, 8, 1, 3, 7, 4)],
    ['a single column', block(8, 8, 3, 1, 4, 7)],
  ])('refuses a picture that shows %s', (_, image) => {
    expect(() => recentrePicture(image, 0.15)).toThrow(expect.objectContaining({ code: 'image.no_object' }));
  });
});
