import { AppError } from '../../src/errors.ts';
import { VIEW_NAMES, type ViewName } from '../../src/protocol/views.ts';
import { viewCamera } from '../texture/camera.ts';
import { extendColors } from './extend-colors.ts';
import { type Bounds, pixelBounds, subpixelBounds } from './measure-bounds.ts';
import { type ImageRgba, PREPARED_VIEW_FILL, PREPARED_VIEW_SIZE, type PreparedView } from './prepared-view.ts';
import { resampleSquare } from './resample.ts';

/** Pictures of one size whose objects' heights differ by no more than this share were taken with one scale. */
const AGREEING_HEIGHTS = 0.02;

interface MeasuredView {
  name: ViewName;
  image: ImageRgba;
  bounds: Bounds;
  width: number;
  height: number;
}

/**
 * Scales and centres the pictures of one object, alpha being its coverage, to each other: front first, then back,
 * left, right, each a square of `PREPARED_VIEW_SIZE` pixels.
 *
 * All pictures show one height; front and back show the object's width, left and right its depth. The longest of the
 * three becomes 2 world units, and the centre of the object's bounds in each picture becomes the origin. Pictures
 * that agree already (one picture size, heights within 2 %) share one scale and are not distorted; all others are
 * scaled uniformly, each to the common height, and where widths disagree they are left to do so.
 * @throws {AppError} `image.no_object` for a picture without coverage.
 */
export function prepareViews(images: Partial<Record<ViewName, ImageRgba>>): PreparedView[] {
  const views = VIEW_NAMES.flatMap((name) => {
    const image = images[name];
    return image === undefined ? [] : [measure(name, image)];
  });
  const worldPerPixel = chooseScales(views);
  return views.map((view, i) => prepareView(view, worldPerPixel[i]!));
}

function measure(name: ViewName, image: ImageRgba): MeasuredView {
  const bounds = subpixelBounds(image);
  if (bounds === undefined) throw noCoverage(name);
  return { name, image, bounds, width: bounds.maxX - bounds.minX, height: bounds.maxY - bounds.minY };
}

/** World units per source pixel of every view; none of them reaches beyond a length of 2. */
function chooseScales(views: readonly MeasuredView[]): number[] {
  if (sharesOneScale(views)) {
    const longest = Math.max(...views.map((v) => Math.max(v.width, v.height)));
    return views.map(() => 2 / longest);
  }
  const widestPerHeight = Math.max(1, ...views.map((v) => v.width / v.height));
  return views.map((v) => 2 / widestPerHeight / v.height);
}

function sharesOneScale(views: readonly MeasuredView[]): boolean {
  const heights = views.map((v) => v.height);
  const first = views[0];
  return (
    views.every((v) => v.image.width === first?.image.width && v.image.height === first?.image.height) &&
    Math.max(...heights) <= Math.min(...heights) * (1 + AGREEING_HEIGHTS)
  );
}

function prepareView({ name, image: source, bounds }: MeasuredView, worldPerPixel: number): PreparedView {
  const worldPerPreparedPixel = 2 / (PREPARED_VIEW_FILL * PREPARED_VIEW_SIZE);
  const image = resampleSquare(source, {
    centerX: (bounds.minX + bounds.maxX) / 2,
    centerY: (bounds.minY + bounds.maxY) / 2,
    step: worldPerPreparedPixel / worldPerPixel,
    size: PREPARED_VIEW_SIZE,
  });
  extendColors(image.pixels, image.width, image.height);
  const prepared = pixelBounds(image);
  if (prepared === undefined) throw noCoverage(name);
  return { name, image, camera: viewCamera(name, 1 / PREPARED_VIEW_FILL), bounds: prepared };
}

function noCoverage(name: ViewName): AppError {
  return new AppError('image.no_object', `The ${name} picture shows no object: nothing in it is opaque.`);
}
