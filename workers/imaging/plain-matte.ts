import { type BackgroundModel, distanceFromBackground } from './background-model.ts';
import { type LabPlanes, LINEAR_FROM_SRGB8, oklabToLinear } from './color-space.ts';
import { borderPixels, floodFill, labelComponents } from './connected-components.ts';
import { distanceToMask } from './distance-transform.ts';
import { estimateEdgeCoverage } from './edge-coverage.ts';
import { evaluateRow } from './polynomial-surface.ts';
import type { ImageRgba } from './prepared-view.ts';

/** Enclosed background smaller than this share of the picture is taken for a marking or a highlight, not a hole. */
const MIN_HOLE_SHARE = 0.0005;
/** Steepest change of lightness per pixel, at 1024 pixels across, inside a shadow; object outlines are steeper. */
const SOFT_SLOPE = 0.012;
/** Darkest a ground shadow may be, as the share of light that it leaves. */
const MIN_SHADOW_LIGHT = 0.3;

/**
 * Coverage of an object in front of a background that `model` describes.
 *
 * 1. Background is what agrees with the model and connects with the picture's border.
 * 2. Ground shadows, which darken it smoothly without changing its hue, are added to it.
 * 3. Enclosed regions that agree with the model are holes if they are large enough and more than the inside of a
 *    line drawing.
 * 4. Along the edge, coverage is how far a pixel's colour lies between background and object.
 */
export function mattePlain(image: ImageRgba, lab: LabPlanes, model: BackgroundModel): Float32Array {
  const { width, height } = image;
  const distance = distanceFromBackground(lab, model.surface);
  const near = 0.01 + 2.6 * model.noise;
  const sure = Math.max(0.05, 2 * near);

  const agrees = new Uint8Array(width * height);
  for (let i = 0; i < agrees.length; i++) agrees[i] = distance[i]! <= near ? 1 : 0;
  const background = floodFill(agrees, borderPixels(width, height), width, height);
  addShadows(background, image, lab, model);
  dropWeakParts(background, distance, sure, width, height);
  openHoles(background, agrees, distance, near, width, height);
  return estimateEdgeCoverage(image, background, distance, model.surface);
}

/** Extends the background, in place, over smooth darkenings of it that start at it. */
function addShadows(background: Uint8Array, image: ImageRgba, lab: LabPlanes, { surface }: BackgroundModel): void {
  const { width, height, pixels } = image;
  const lightness = lab.planes[0];
  const slope = (SOFT_SLOPE * 1024) / Math.max(512, width, height);
  const passable = new Uint8Array(width * height);
  const row = new Float32Array(3 * width);
  const light = new Float32Array(3);
  for (let y = 1; y < height - 1; y++) {
    evaluateRow(surface, y, 0, 3, row);
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      if (background[i] !== 0) {
        passable[i] = 1;
        continue;
      }
      const drop = row[x]! - lightness[i]!;
      if (drop < -0.01) continue;
      // Over three pixels, so that noise and compression do not count.
      const gx = lightness[i + 1]! - lightness[i - 1]! + (lightness[i + 1 + width]! - lightness[i - 1 + width]!);
      const gy =
        lightness[i + width]! - lightness[i - width]! + (lightness[i + width + 1]! - lightness[i - width + 1]!);
      if (gx * gx + gy * gy > 16 * slope * slope) continue;
      oklabToLinear(row[x]!, row[width + x]!, row[2 * width + x]!, light);
      if (isShadowOf(light, pixels, i)) passable[i] = 1;
    }
  }
  const seeds: number[] = [];
  for (let i = 0; i < background.length; i++) if (background[i] !== 0) seeds.push(i);
  const reached = floodFill(passable, seeds, width, height);
  for (let i = 0; i < reached.length; i++) if (reached[i] !== 0) background[i] = 1;
}

/** Whether a pixel's light is the given light with nearly the same share of every colour taken away. */
function isShadowOf(light: Float32Array, pixels: Uint8Array, i: number): boolean {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let c = 0; c < 3; c++) {
    // The added floor keeps the ratio of two dark values from being noise.
    const share = (LINEAR_FROM_SRGB8[pixels[4 * i + c]!]! + 0.01) / (Math.max(0, light[c]!) + 0.01);
    if (share < least) least = share;
    if (share > most) most = share;
  }
  return least >= MIN_SHADOW_LIGHT && most - least <= 0.06 + 0.1 * (1 - least);
}

/** Gives parts that nowhere differ surely from the background back to it, in place. */
function dropWeakParts(
  background: Uint8Array,
  distance: Float32Array,
  sure: number,
  width: number,
  height: number,
): void {
  const object = new Uint8Array(background.length);
  for (let i = 0; i < object.length; i++) object[i] = background[i] === 0 ? 1 : 0;
  const { labels, areas } = labelComponents(object, width, height, 8);
  const peaks = new Float32Array(areas.length);
  for (let i = 0; i < labels.length; i++) peaks[labels[i]!] = Math.max(peaks[labels[i]!]!, distance[i]!);
  for (let i = 0; i < labels.length; i++) if (labels[i] !== 0 && peaks[labels[i]!]! < sure) background[i] = 1;
}

/** Adds enclosed regions to the background, in place, where they are holes. */
function openHoles(
  background: Uint8Array,
  agrees: Uint8Array,
  distance: Float32Array,
  near: number,
  width: number,
  height: number,
): void {
  const enclosed = new Uint8Array(background.length);
  let objectArea = 0;
  for (let i = 0; i < enclosed.length; i++) {
    if (background[i] !== 0) continue;
    objectArea++;
    enclosed[i] = agrees[i]!;
  }
  const { labels, areas } = labelComponents(enclosed, width, height, 4);
  const minArea = Math.max(24, MIN_HOLE_SHARE * width * height);
  if (!areas.some((area) => area >= minArea)) return;

  const sums = new Float64Array(areas.length);
  for (let i = 0; i < labels.length; i++) sums[labels[i]!] = sums[labels[i]!]! + distance[i]!;
  const walls = wallThicknesses(labels, areas, background, width, height);
  const thinWall = 0.009 * Math.max(width, height);
  const isHole = areas.map((area, label) => {
    if (label === 0 || area < minArea || sums[label]! / area > 0.5 * near) return false;
    // A large area within a thin outline is the inside of a drawing.
    return !(walls[label]! < thinWall && area > 0.15 * objectArea);
  });
  for (let i = 0; i < labels.length; i++) if (isHole[labels[i]!]) background[i] = 1;
}

/** Median distance in pixels from the border of each region to the background outside of the object. */
function wallThicknesses(
  labels: Int32Array,
  areas: readonly number[],
  background: Uint8Array,
  width: number,
  height: number,
): number[] {
  const toOutside = distanceToMask(background, width, height);
  const rims: number[][] = areas.map(() => []);
  for (let i = width; i < labels.length - width; i++) {
    const label = labels[i]!;
    if (label === 0) continue;
    const isRim =
      labels[i - 1] !== label || labels[i + 1] !== label || labels[i - width] !== label || labels[i + width] !== label;
    if (isRim) rims[label]?.push(toOutside[i]!);
  }
  return rims.map((rim) => rim.sort((p, q) => p - q)[rim.length >> 1] ?? Number.POSITIVE_INFINITY);
}
