import { oklabToLinear } from './color-space.ts';
import { growMask, invertMask, labelComponents } from './connected-components.ts';
import { distanceToMask } from './distance-transform.ts';
import { evaluateRow, type PolynomialSurface } from './polynomial-surface.ts';

/** Steepest change of lightness per pixel, at 1024 pixels across, inside a shadow; object outlines are steeper. */
const SOFT_SLOPE = 0.006;
/** Darkest a shadow may be, as the share of light that it leaves. */
const MIN_SHADOW_LIGHT = 0.25;
/** Share of a shadow that must lie in the lower half of what stands out: objects shade themselves all over. */
const MIN_LOW_SHARE = 0.6;
/** Outlines left standing between an object that was flooded by mistake and the background are thinner than this. */
const WALL_PX = 6;
/** Share of a shadow's rim that may run along such outlines. */
const MAX_WALL_SHARE = 0.25;
/** What is left over inside of a shadow is at most this share of the object. */
const MAX_ISLAND_SHARE = 0.02;

const DIMMED = 1;
const DIMMED_SMOOTHLY = 2;

/**
 * Extends the background, in place, over the shadows that the object throws on the ground: they start at the
 * background, darken it smoothly without changing its hue, lie low, and have no outline.
 * @param background non-zero on background
 * @param rest the picture less the background model, three OKLab planes
 */
export function addGroundShadows(
  background: Uint8Array,
  rest: readonly Float32Array[],
  surface: PolynomialSurface,
): void {
  const { width, height } = surface;
  const dimming = findDimming(background, rest, surface);
  const isSmooth = new Uint8Array(dimming.length);
  for (let i = 0; i < dimming.length; i++) if (dimming[i] === DIMMED_SMOOTHLY) isSmooth[i] = 1;
  const extended = background.slice();
  growMask(extended, isSmooth, width, height);
  const added = new Uint8Array(background.length);
  let [objectArea, addedArea, top, bottom] = [0, 0, height, 0];
  for (let i = 0; i < added.length; i++) {
    if (background[i] !== 0) continue;
    if (extended[i] !== 0) {
      added[i] = 1;
      addedArea++;
      continue;
    }
    objectArea++;
    const y = Math.floor(i / width);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  if (addedArea === 0) return;

  const { labels, areas } = labelComponents(added, width, height, 8);
  const low = new Uint32Array(areas.length);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 0 && 2 * Math.floor(i / width) > top + bottom) low[labels[i]!] = low[labels[i]!]! + 1;
  }
  const walls = wallShares(labels, areas.length, background, width, height);
  const isShadow = areas.map(
    (area, label) =>
      label > 0 && area <= objectArea && low[label]! >= MIN_LOW_SHARE * area && walls[label]! <= MAX_WALL_SHARE,
  );
  for (let i = 0; i < labels.length; i++) if (isShadow[labels[i]!]) background[i] = 1;
  if (isShadow.includes(true)) dropIslands(background, dimming, MAX_ISLAND_SHARE * objectArea, width, height);
}

/** Per pixel: 0, `DIMMED` where it is the background with light taken away, `DIMMED_SMOOTHLY` where that has no edge. */
function findDimming(background: Uint8Array, rest: readonly Float32Array[], surface: PolynomialSurface): Uint8Array {
  const { width, height } = surface;
  const [lightness, a, b] = rest;
  const dimming = new Uint8Array(background.length);
  if (lightness === undefined || a === undefined || b === undefined) return dimming;
  const slope = (SOFT_SLOPE * 1024) / Math.max(256, width, height);
  const row = new Float32Array(3 * width);
  const expected = new Float32Array(3);
  const seen = new Float32Array(3);
  for (let y = 1; y < height - 1; y++) {
    evaluateRow(surface, y, row);
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      if (background[i] !== 0 || lightness[i]! > 0.01) continue;
      const l0 = row[x]!;
      const a0 = row[width + x]!;
      const b0 = row[2 * width + x]!;
      oklabToLinear(l0, a0, b0, expected);
      oklabToLinear(l0 + lightness[i]!, a0 + a[i]!, b0 + b[i]!, seen);
      if (!isDimmed(expected, seen)) continue;
      // Differences over two pixels, so that single pixels do not count.
      const gx = lightness[i + 1]! - lightness[i - 1]!;
      const gy = lightness[i + width]! - lightness[i - width]!;
      dimming[i] = gx * gx + gy * gy > 4 * slope * slope ? DIMMED : DIMMED_SMOOTHLY;
    }
  }
  return dimming;
}

/**
 * How much of each region's rim runs along a thin outline with the background behind it. A shadow fades into the
 * background, the inside of an object is parted from it.
 */
function wallShares(
  labels: Int32Array,
  count: number,
  background: Uint8Array,
  width: number,
  height: number,
): number[] {
  const toBackground = distanceToMask(background, width, height);
  const rims = new Uint32Array(count);
  const walls = new Uint32Array(count);
  const offsets = Int32Array.of(-1, 1, -width, width);
  for (let i = width; i < labels.length - width; i++) {
    const label = labels[i]!;
    if (label === 0) continue;
    let isRim = false;
    let meetsBackground = false;
    for (let side = 0; side < 4; side++) {
      const q = i + offsets[side]!;
      if (labels[q] === label) continue;
      isRim = true;
      if (background[q] !== 0) meetsBackground = true;
    }
    if (!isRim) continue;
    rims[label] = rims[label]! + 1;
    if (!meetsBackground && toBackground[i]! <= WALL_PX) walls[label] = walls[label]! + 1;
  }
  return Array.from(rims, (rim, label) => (rim > 0 ? walls[label]! / rim : 0));
}

/** Gives small parts that are nothing but dimmed background back to it, in place. */
function dropIslands(
  background: Uint8Array,
  dimming: Uint8Array,
  maxArea: number,
  width: number,
  height: number,
): void {
  const object = invertMask(background);
  const { labels, areas } = labelComponents(object, width, height, 8);
  const dimmed = new Uint32Array(areas.length);
  for (let i = 0; i < labels.length; i++) if (dimming[i] !== 0) dimmed[labels[i]!] = dimmed[labels[i]!]! + 1;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label !== 0 && areas[label]! <= maxArea && dimmed[label]! >= 0.9 * areas[label]!) background[i] = 1;
  }
}

/** Whether `seen` is `expected` with nearly the same share of every colour's light taken away. */
function isDimmed(expected: Float32Array, seen: Float32Array): boolean {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let c = 0; c < 3; c++) {
    // The added floor keeps the ratio of two dark values from being noise.
    const share = (Math.max(0, seen[c]!) + 0.01) / (Math.max(0, expected[c]!) + 0.01);
    if (share < least) least = share;
    if (share > most) most = share;
  }
  return least >= MIN_SHADOW_LIGHT && most - least <= 0.06 + 0.1 * (1 - least);
}
