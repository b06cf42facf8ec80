import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../../src/errors.ts';
import type { ViewName } from '../../../../src/protocol/views.ts';
import { subpixelBounds } from '../../../../workers/imaging/measure-bounds.ts';
import { prepareViews } from '../../../../workers/imaging/prepare-views.ts';
import { type ImageRgba, PREPARED_VIEW_FILL, PREPARED_VIEW_SIZE } from '../../../../workers/imaging/prepared-view.ts';
import { viewCamera } from '../../../../workers/texture/camera.ts';
import { drawPicture, edge } from '../../../helpers/pictures.ts';

/** A picture of `size` pixels with a rectangle of the given size around the given centre. */
function rectangle(size: number, width: number, height: number, centerX = size / 2, centerY = size / 2): ImageRgba {
  return drawPicture(size, size, (x, y) => {
    const cover = edge(width / 2 - Math.abs(x - centerX)) * edge(height / 2 - Math.abs(y - centerY));
    return [200, 120, 60, 255 * cover];
  });
}

/** World size that a prepared view shows, by its camera's scale. */
function worldSize(image: ImageRgba): { width: number; height: number; centerX: number; centerY: number } {
  const bounds = subpixelBounds(image)!;
  const worldPerPixel = 2 / (PREPARED_VIEW_FILL * PREPARED_VIEW_SIZE);
  return {
    width: (bounds.maxX - bounds.minX) * worldPerPixel,
    height: (bounds.maxY - bounds.minY) * worldPerPixel,
    centerX: (bounds.minX + bounds.maxX) / 2,
    centerY: (bounds.minY + bounds.maxY) / 2,
  };
}

/** Half a prepared pixel in world units. */
const HALF_PIXEL = 1 / (PREPARED_VIEW_FILL * PREPARED_VIEW_SIZE);

function expectBox(
  views: ReturnType<typeof prepareViews>,
  sizes: Partial<Record<ViewName, readonly [number, number]>>,
): void {
  expect(views.map((v) => v.name)).toEqual(Object.keys(sizes) as ViewName[]);
  for (const { name, image, camera } of views) {
    const { width, height, centerX, centerY } = worldSize(image);
    const [expectedWidth, expectedHeight] = sizes[name]!;
    expect(Math.abs(width - expectedWidth)).toBeLessThan(HALF_PIXEL);
    expect(Math.abs(height - expectedHeight)).toBeLessThan(HALF_PIXEL);
    expect(Math.abs(centerX - PREPARED_VIEW_SIZE / 2)).toBeLessThan(0.25);
    expect(Math.abs(centerY - PREPARED_VIEW_SIZE / 2)).toBeLessThan(0.25);
    expect([image.width, image.height]).toEqual([PREPARED_VIEW_SIZE, PREPARED_VIEW_SIZE]);
    expect(camera).toEqual(viewCamera(name, 1 / PREPARED_VIEW_FILL));
  }
}

describe('prepareViews', () => {
  test('exact projections of a box share one scale and stay as they are', () => {
    // A box of 1.2 x 2 x 0.7, at 100.4 pixels a unit, somewhere in the picture.
    const unit = 100.4;
    const views = prepareViews({
      right: rectangle(300, 0.7 * unit, 2 * unit, 140, 150),
      left: rectangle(300, 0.7 * unit, 2 * unit, 160, 150),
      back: rectangle(300, 1.2 * unit, 2 * unit, 155.5, 150),
      front: rectangle(300, 1.2 * unit, 2 * unit, 144.5, 150),
    });
    expectBox(views, { front: [1.2, 2], back: [1.2, 2], left: [0.7, 2], right: [0.7, 2] });
  });

  test('a single picture is scaled by its longer side', () => {
    expectBox(prepareViews({ front: rectangle(200, 150, 60) }), { front: [2, 0.8] });
    expectBox(prepareViews({ front: rectangle(200, 40, 160) }), { front: [0.5, 2] });
  });

  test('the depth decides the scale where a side view shows it longest', () => {
    const views = prepareViews({ front: rectangle(400, 120, 96), left: rectangle(400, 300, 96) });
    expectBox(views, { front: [0.8, 0.64], left: [2, 0.64] });
  });

  test('pictures of different scales are brought to one height', () => {
    const views = prepareViews({ front: rectangle(300, 120, 240), left: rectangle(500, 100, 400) });
    expectBox(views, { front: [1, 2], left: [0.5, 2] });
  });

  test('pictures of one size but other heights are brought to one height too', () => {
    const views = prepareViews({ front: rectangle(300, 120, 240), back: rectangle(300, 100, 200) });
    expectBox(views, { front: [1, 2], back: [1, 2] });
  });

  test('no view leaves the frame where widths disagree', () => {
    const views = prepareViews({ front: rectangle(300, 240, 100), back: rectangle(300, 90, 100) });
    for (const { image } of views) {
      for (let y = 0; y < image.height; y++) expect(image.pixels[4 * y * image.width + 3]).toBe(0);
      expect(worldSize(image).width).toBeLessThan(2 + HALF_PIXEL);
    }
  });

  test('bounds hold what is covered by half and more, max exclusive', () => {
    for (const { image, bounds } of prepareViews({ front: rectangle(97, 31.3, 55.7) })) {
      const { width, height } = image;
      const columns = new Set<number>();
      const rows = new Set<number>();
      for (let i = 0; i < width * height; i++) {
        if (image.pixels[4 * i + 3]! < 128) continue;
        columns.add(i % width);
        rows.add(Math.floor(i / width));
      }
      expect([bounds.minX, bounds.maxX]).toEqual([Math.min(...columns), Math.max(...columns) + 1]);
      expect([bounds.minY, bounds.maxY]).toEqual([Math.min(...rows), Math.max(...rows) + 1]);
    }
  });

  test('colour reaches into the transparent pixels', () => {
    const picture = rectangle(120, 50, 80);
    for (let i = 0; i < picture.pixels.length; i += 4)
      if (picture.pixels[i + 3] === 0) picture.pixels.set([0, 255, 0], i);
    for (const { image } of prepareViews({ front: picture })) {
      let worst = 0;
      for (let i = 0; i < image.pixels.length; i += 4) {
        worst = Math.max(worst, Math.abs(image.pixels[i]! - 200), Math.abs(image.pixels[i + 1]! - 120));
      }
      expect(worst).toBeLessThanOrEqual(2);
    }
  });

  test('a view without coverage is named', () => {
    const empty = drawPicture(50, 50, () => [0, 0, 0, 0]);
    expect(() => prepareViews({ front: rectangle(50, 20, 30), left: empty })).toThrow(AppError);
    expect(() => prepareViews({ front: rectangle(50, 20, 30), left: empty })).toThrow('left picture');
  });
});
