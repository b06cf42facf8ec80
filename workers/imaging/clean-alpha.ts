import { borderPixels, labelComponents } from './connected-components.ts';
import { distanceToMask } from './distance-transform.ts';
import type { ImageRgba } from './prepared-view.ts';

/** Coverage from which a pixel belongs to the object beyond doubt. */
const SOLID = 0.6;
/** Coverage up to which a pixel is empty, after noise was cut off. */
const EMPTY = 0.03;
/** Half of the width from which a faint region is broad, as a share of the longest side: wider than hair and soft edges. */
const BROAD_SHARE = 0.008;

/**
 * Whether the alpha channel tells the object from its surroundings: it varies, and either most of the picture's
 * border or a noticeable share of its area is transparent. Cut-outs cropped to the object pass by their area,
 * pictures with merely rounded corners do not.
 */
export function hasMeaningfulAlpha({ width, height, pixels }: ImageRgba): boolean {
  let transparent = 0;
  let peak = 0;
  for (let i = 3; i < pixels.length; i += 4) {
    if (pixels[i]! < 32) transparent++;
    if (pixels[i]! > peak) peak = pixels[i]!;
  }
  if (peak < 32) return false;
  const border = borderPixels(width, height);
  const openBorder = border.filter((p) => pixels[4 * p + 3]! < 32).length / border.length;
  return openBorder >= 0.5 || transparent / (width * height) >= 0.03;
}

/**
 * Coverage, 0 to 1, from a meaningful alpha channel: noise near 0 and interiors that stop short of 1 are levelled,
 * broad soft shadows and halos taken off, broad even translucent parts (glass) made solid. Soft edges and
 * thin parts stay.
 */
export function cleanAlpha(image: ImageRgba): Float32Array {
  const coverage = levelAlpha(image);
  settleFaintRegions(coverage, image.width, image.height);
  return coverage;
}

/** Maps the picture's own level of emptiness to 0 and that of its interiors to 1. */
function levelAlpha({ width, height, pixels }: ImageRgba): Float32Array {
  const histogram = new Uint32Array(256);
  for (let i = 3; i < pixels.length; i += 4) histogram[pixels[i]!] = histogram[pixels[i]!]! + 1;
  const border = borderPixels(width, height).map((p) => pixels[4 * p + 3]!);
  border.sort((p, q) => p - q);
  const floor = Math.min(64, 8 + 1.5 * (border[border.length >> 1] ?? 0));
  const interior = percentile(histogram, Math.ceil(floor) + 24, 0.9);
  const ceiling = Math.max(floor + 16, 0.98 * interior);
  const level = Float32Array.from({ length: 256 }, (_, a) => Math.min(1, Math.max(0, (a - floor) / (ceiling - floor))));
  const coverage = new Float32Array(width * height);
  for (let i = 0; i < coverage.length; i++) coverage[i] = level[pixels[4 * i + 3]!]!;
  return coverage;
}

/** The value below which `share` of the counts from `from` on lie; 255 where there are none. */
function percentile(histogram: Uint32Array, from: number, share: number): number {
  let total = 0;
  for (let v = from; v < 256; v++) total += histogram[v]!;
  let seen = 0;
  for (let v = from; v < 256; v++) {
    seen += histogram[v]!;
    if (total > 0 && seen >= share * total) return v;
  }
  return 255;
}

/**
 * Decides on every broad faint region, in place. One that fades out is a shadow or a halo: what it adds, also below
 * the object's own soft edge, is taken off. One of even strength with a firm edge is a translucent part: it becomes
 * solid.
 */
function settleFaintRegions(coverage: Float32Array, width: number, height: number): void {
  const radius = Math.max(3, BROAD_SHARE * Math.max(width, height));
  const n = coverage.length;
  const isFaint = new Uint8Array(n);
  let faintCount = 0;
  const solid = new Uint8Array(n);
  const empty = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const c = coverage[i]!;
    if (c >= SOLID) solid[i] = 1;
    else if (c <= EMPTY) empty[i] = 1;
    else {
      isFaint[i] = 1;
      faintCount++;
    }
  }
  // Nothing broad fits into so few pixels.
  const fewPixels = 3 * radius * radius;
  if (faintCount < fewPixels) return;
  const toSolid = distanceToMask(solid, width, height);
  let broadCount = 0;
  for (let i = 0; i < n; i++) {
    if (isFaint[i] === 0) continue;
    if (toSolid[i]! <= radius) isFaint[i] = 0;
    else broadCount++;
  }
  if (broadCount < fewPixels) return;
  const toEmpty = distanceToMask(empty, width, height);

  const { labels, areas } = labelComponents(isFaint, width, height, 8);
  const regions = describeRegions(labels, areas.length, coverage, toEmpty, width, height);
  const verdicts = regions.map(({ isBroad, rimMean, evenness }) => {
    if (!isBroad) return 'keep' as const;
    return rimMean < 0.12 || evenness < 0.5 ? ('remove' as const) : ('solidify' as const);
  });
  spreadVerdicts(coverage, labels, verdicts, regions, width, height, Math.ceil(radius) + 3);
}

interface FaintRegion {
  /** Whether a disc of the broad radius fits in. */
  isBroad: boolean;
  /** Mean coverage where it meets emptiness: near 0 for what fades out. */
  rimMean: number;
  /** Share of its pixels within a quarter of its median coverage. */
  evenness: number;
  median: number;
}

function describeRegions(
  labels: Int32Array,
  count: number,
  coverage: Float32Array,
  toEmpty: Float32Array,
  width: number,
  height: number,
): FaintRegion[] {
  const radius = Math.max(3, BROAD_SHARE * Math.max(width, height));
  const histograms = Array.from({ length: count }, () => new Uint32Array(64));
  const rimSums = new Float64Array(count);
  const rimCounts = new Uint32Array(count);
  const widest = new Float32Array(count);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label === 0) continue;
    const histogram = histograms[label]!;
    const bin = Math.min(63, Math.floor(coverage[i]! * 64));
    histogram[bin] = histogram[bin]! + 1;
    if (toEmpty[i]! > widest[label]! && toEmpty[i] !== Number.POSITIVE_INFINITY) widest[label] = toEmpty[i]!;
    // The second pixel from emptiness: the first is dimmed by antialiasing in a firm edge as well.
    if (toEmpty[i]! > 1.2 && toEmpty[i]! < 2.3) {
      rimSums[label] = rimSums[label]! + coverage[i]!;
      rimCounts[label] = rimCounts[label]! + 1;
    }
  }
  return histograms.map((histogram, label) => {
    const total = histogram.reduce((sum, v) => sum + v, 0);
    let [seen, bin] = [0, 0];
    while (bin < 63 && seen + histogram[bin]! < total / 2) seen += histogram[bin++]!;
    const median = (bin + 0.5) / 64;
    let near = 0;
    for (let v = 0; v < 64; v++) if (Math.abs((v + 0.5) / 64 - median) <= median / 4) near += histogram[v]!;
    const rimMean = rimCounts[label]! > 0 ? rimSums[label]! / rimCounts[label]! : 1;
    return { isBroad: widest[label]! > radius, rimMean, evenness: total > 0 ? near / total : 1, median };
  });
}

/**
 * Applies the verdicts to their regions and to the partly covered pixels within `reach` steps of them, which lie
 * between region and object: there coverage c over a shadow s reads c + (1 - c) s.
 */
function spreadVerdicts(
  coverage: Float32Array,
  labels: Int32Array,
  verdicts: ReadonlyArray<'keep' | 'remove' | 'solidify'>,
  regions: readonly FaintRegion[],
  width: number,
  height: number,
  reach: number,
): void {
  const steps = new Int16Array(coverage.length).fill(-1);
  const source = new Int32Array(coverage.length);
  let front: number[] = [];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0 || verdicts[labels[i]!] === 'keep') continue;
    steps[i] = 0;
    source[i] = i;
    front.push(i);
  }
  const affected = front.slice();
  for (let step = 1; step <= reach && front.length > 0; step++) {
    const next: number[] = [];
    for (const p of front) {
      const x = p % width;
      const y = (p - x) / width;
      for (let dy = y > 0 ? -1 : 0; dy <= (y < height - 1 ? 1 : 0); dy++) {
        for (let dx = x > 0 ? -1 : 0; dx <= (x < width - 1 ? 1 : 0); dx++) {
          const q = p + dy * width + dx;
          if (steps[q]! >= 0 || coverage[q]! <= 0 || coverage[q]! > 0.98) continue;
          steps[q] = step;
          source[q] = source[p]!;
          next.push(q);
          affected.push(q);
        }
      }
    }
    front = next;
  }
  const original = affected.map((p) => coverage[source[p]!]!);
  affected.forEach((p, k) => {
    const label = labels[source[p]!]!;
    if (verdicts[label] === 'solidify') coverage[p] = Math.min(1, coverage[p]! / (0.9 * regions[label]!.median));
    else coverage[p] = steps[p] === 0 ? 0 : Math.max(0, (coverage[p]! - original[k]!) / (1 - original[k]!));
  });
}
