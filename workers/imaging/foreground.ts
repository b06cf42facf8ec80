import { AppError } from '../../src/errors.ts';
import { matteClassically } from './classical-matting.ts';
import { cleanAlpha, hasMeaningfulAlpha } from './clean-alpha.ts';
import { composeCutout, composeDecontaminated, composeUnmixed } from './compose-foreground.ts';
import type { Matting } from './matting.ts';
import { pixelBounds } from './measure-bounds.ts';
import type { ImageRgba } from './prepared-view.ts';
import { removeSpecks } from './remove-specks.ts';

/** Longest side in pixels that an object must have at least to be modelled. */
const MIN_OBJECT_PX = 8;
/** Share of one side of the picture that the object may cover before it counts as cut off. */
const CUT_OFF_SHARE = 0.05;

/** Share of the picture beyond which what was found is the picture itself. */
const MAX_COVERED_SHARE = 0.97;

export interface ForegroundOptions {
  /** False: the alpha channel as it is, or without one the whole frame, is the object. Default true. */
  removeBackground?: boolean | undefined;
  /** What the picture is called in messages: `front`, `back`, `left` or `right`. */
  name?: string;
  /** Used instead of the classical methods where the alpha channel does not tell the object. */
  matting?: Matting;
}

export interface Foreground {
  /** The object alone; alpha is its coverage. Colours of pixels with alpha 0 mean nothing. */
  image: ImageRgba;
  /** `alpha`, `none` (the whole frame), `plain`, `grabcut`, or the name of the matting that was given. */
  method: string;
  /** Sentences for the client, as of an object that is cut off by the frame. */
  warnings: string[];
}

/**
 * Separates the object from what surrounds it: by the alpha channel where that is meaningful, else by its colours.
 * @throws {AppError} `image.no_object` where nothing, too little or no border at all is found.
 */
export async function separateForeground(image: ImageRgba, options: ForegroundOptions = {}): Promise<Foreground> {
  const { removeBackground = true, name = 'front', matting } = options;
  assertLargeEnough(image, name);
  const found = await findCoverage(image, removeBackground, name, matting);
  if (found.method !== 'none') removeSpecks(found.coverage, image.width, image.height);
  if (found.method !== 'alpha' && found.method !== 'none') assertSurroundings(found.coverage, name);
  const cutout = composeBy(found.method)(image, found.coverage);
  assertObject(cutout, name, found.method);
  return { image: cutout, method: found.method, warnings: found.method === 'none' ? [] : cutOffWarnings(cutout, name) };
}

function composeBy(method: string): typeof composeCutout {
  if (method === 'none') return composeCutout;
  return method === 'alpha' ? composeDecontaminated : composeUnmixed;
}

async function findCoverage(image: ImageRgba, removeBackground: boolean, name: string, matting: Matting | undefined) {
  if (!removeBackground) {
    const coverage = Float32Array.from(
      { length: image.width * image.height },
      (_, i) => image.pixels[4 * i + 3]! / 255,
    );
    const isConstant = coverage.every((c) => c === coverage[0]);
    return isConstant ? { coverage: coverage.fill(1), method: 'none' } : { coverage, method: 'alpha' };
  }
  if (isTransparent(image)) {
    throw new AppError('image.no_object', `The ${name} picture is fully transparent. Send one that shows an object.`);
  }
  if (hasMeaningfulAlpha(image)) return { coverage: cleanAlpha(image), method: 'alpha' };
  if (matting !== undefined) return { coverage: await matting.matte(image), method: matting.name };
  return matteClassically(image);
}

function isTransparent({ pixels }: ImageRgba): boolean {
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i]! >= 32) return false;
  return true;
}

function assertLargeEnough({ width, height }: ImageRgba, name: string): void {
  if (Math.max(width, height) >= MIN_OBJECT_PX) return;
  throw new AppError(
    'image.no_object',
    `The ${name} picture has only ${width} x ${height} pixels; expected an object of at least ${MIN_OBJECT_PX} pixels.`,
  );
}

function assertSurroundings(coverage: Float32Array, name: string): void {
  let covered = 0;
  for (let i = 0; i < coverage.length; i++) if (coverage[i]! >= 0.5) covered++;
  if (covered <= MAX_COVERED_SHARE * coverage.length) return;
  throw new AppError(
    'image.no_object',
    `The ${name} picture shows no object apart from its background: it seems to fill the whole frame. Send one with ` +
      'free space around the object or with a transparent background, or set remove_background to false.',
  );
}

function assertObject(cutout: ImageRgba, name: string, method: string): void {
  const bounds = pixelBounds(cutout);
  if (bounds === undefined) {
    throw new AppError(
      'image.no_object',
      method === 'alpha'
        ? `The ${name} picture is fully transparent. Send one that shows an object.`
        : `No object was found in the ${name} picture: nothing stands out from its background. ` +
            'Send one with more contrast or with a transparent background.',
    );
  }
  const [width, height] = [bounds.maxX - bounds.minX, bounds.maxY - bounds.minY];
  if (Math.max(width, height) < MIN_OBJECT_PX) {
    throw new AppError(
      'image.no_object',
      `The object in the ${name} picture measures only ${width} x ${height} pixels; ` +
        `expected at least ${MIN_OBJECT_PX}. Send a picture that shows it larger.`,
    );
  }
}

/** One sentence for each side of the picture that cuts the object off. */
function cutOffWarnings({ width, height, pixels }: ImageRgba, name: string): string[] {
  const sides: ReadonlyArray<readonly [string, number, number, number]> = [
    ['upper', 0, 1, width],
    ['lower', (height - 1) * width, 1, width],
    ['left', 0, width, height],
    ['right', width - 1, width, height],
  ];
  const cut = sides.filter(([, start, stride, length]) => {
    let covered = 0;
    for (let k = 0; k < length; k++) if (pixels[4 * (start + k * stride) + 3]! >= 128) covered++;
    return covered > CUT_OFF_SHARE * length;
  });
  return cut.map(([side]) => `The object in the ${name} picture reaches its ${side} edge and may be cut off there.`);
}
