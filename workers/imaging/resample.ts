import type { ImageRgba } from './prepared-view.ts';

/** Where a square picture of `size` pixels lies on a source picture, both measured in source pixels. */
export interface ResampleFrame {
  /** Source position that the centre of the result shows. */
  centerX: number;
  centerY: number;
  /** Source pixels per pixel of the result; above 1 reduces. */
  step: number;
  size: number;
}

/** Taps of one output row or column: `count` weights from `start` on, at `offset` in the shared weight list. */
interface Taps {
  start: Int32Array;
  count: Int32Array;
  offset: Int32Array;
  weights: Float32Array;
}

/**
 * Resamples a part of a picture onto a square one, with coverage beyond the source counted as 0.
 * Catmull-Rom kernel, widened when reducing; separable, in premultiplied colour, so that hidden colours under
 * transparent pixels never show. Colours of pixels with alpha 0 come out as 0.
 * @see Keys, Cubic convolution interpolation for digital image processing, 1981.
 */
export function resampleSquare(source: ImageRgba, { centerX, centerY, step, size }: ResampleFrame): ImageRgba {
  const columns = kernelTaps(centerX, step, size, source.width);
  const rows = kernelTaps(centerY, step, size, source.height);
  const covered = coveredBounds(source);
  // Only these columns of the result can show anything.
  const isLit = Array.from(
    columns.start,
    (start, x) => start < covered.maxX && start + columns.count[x]! > covered.minX,
  );
  const from = Math.max(0, isLit.indexOf(true));
  const to = isLit.lastIndexOf(true) + 1;
  const wide = resampleRows(source, columns, size, from, to, covered.minY, covered.maxY);
  const pixels = new Uint8Array(4 * size * size);
  const line = new Float32Array(4 * size);
  for (let y = 0; y < size; y++) {
    line.fill(0);
    for (let t = 0; t < rows.count[y]!; t++) {
      const sourceY = rows.start[y]! + t;
      if (sourceY < covered.minY || sourceY >= covered.maxY) continue;
      const w = rows.weights[rows.offset[y]! + t]!;
      const row = 4 * size * sourceY;
      for (let i = 4 * from; i < 4 * to; i++) line[i] = line[i]! + w * wide[row + i]!;
    }
    storeLine(line, pixels, 4 * size * y, 4 * from, 4 * to);
  }
  return { width: size, height: size, pixels };
}

/**
 * Horizontal pass: `source.height` rows of `size` premultiplied RGBA values, 0 to 255; only the given columns and rows
 * are worked out, the others stay 0.
 */
function resampleRows(
  source: ImageRgba,
  taps: Taps,
  size: number,
  fromX: number,
  toX: number,
  fromY: number,
  toY: number,
): Float32Array {
  const wide = new Float32Array(4 * size * source.height);
  const premultiplied = new Float32Array(4 * source.width);
  for (let y = fromY; y < toY; y++) {
    const row = 4 * source.width * y;
    for (let i = 0; i < premultiplied.length; i += 4) {
      const alpha = source.pixels[row + i + 3]!;
      const scale = alpha / 255;
      premultiplied[i] = source.pixels[row + i]! * scale;
      premultiplied[i + 1] = source.pixels[row + i + 1]! * scale;
      premultiplied[i + 2] = source.pixels[row + i + 2]! * scale;
      premultiplied[i + 3] = alpha;
    }
    for (let x = fromX; x < toX; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      let a = 0;
      let i = 4 * taps.start[x]!;
      const end = taps.offset[x]! + taps.count[x]!;
      for (let t = taps.offset[x]!; t < end; t++, i += 4) {
        const w = taps.weights[t]!;
        r += w * premultiplied[i]!;
        g += w * premultiplied[i + 1]!;
        b += w * premultiplied[i + 2]!;
        a += w * premultiplied[i + 3]!;
      }
      const at = 4 * (y * size + x);
      wide[at] = r;
      wide[at + 1] = g;
      wide[at + 2] = b;
      wide[at + 3] = a;
    }
  }
  return wide;
}

/** Bounds of everything that has any coverage, max exclusive; empty where nothing has. */
function coveredBounds({ width, height, pixels }: ImageRgba) {
  let minX = width;
  let minY = height;
  let maxX = 0;
  let maxY = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[4 * (y * width + x) + 3] === 0) continue;
      if (x < minX) minX = x;
      if (x >= maxX) maxX = x + 1;
      if (y < minY) minY = y;
      maxY = y + 1;
    }
  }
  return { minX, minY, maxX, maxY };
}

/** Divides by alpha, rounds and stores the values `from` up to `to` of one line. */
function storeLine(line: Float32Array, pixels: Uint8Array, at: number, from: number, to: number): void {
  for (let i = from; i < to; i += 4) {
    const alpha = line[i + 3]!;
    // Rounds to 0, or undershoots beside an edge.
    if (alpha < 0.5) continue;
    const scale = 255 / alpha;
    // Storing truncates, so that adding a half rounds.
    pixels[at + i] = Math.min(255, Math.max(0, line[i]! * scale + 0.5));
    pixels[at + i + 1] = Math.min(255, Math.max(0, line[i + 1]! * scale + 0.5));
    pixels[at + i + 2] = Math.min(255, Math.max(0, line[i + 2]! * scale + 0.5));
    pixels[at + i + 3] = Math.min(255, alpha + 0.5);
  }
}

function kernelTaps(center: number, step: number, size: number, sourceLength: number): Taps {
  const stretch = Math.max(1, step);
  const radius = 2 * stretch;
  const start = new Int32Array(size);
  const count = new Int32Array(size);
  const offset = new Int32Array(size);
  const weights: number[] = [];
  for (let i = 0; i < size; i++) {
    // Continuous source coordinate of the output pixel's centre, then of tap k's centre at k + 0.5.
    const at = center + (i + 0.5 - size / 2) * step;
    const first = Math.ceil(at - radius - 0.5);
    const last = Math.floor(at + radius - 0.5);
    // The sum runs over taps outside the picture too: they hold nothing and must not lend their weight to others.
    let sum = 0;
    for (let k = first; k <= last; k++) sum += catmullRom((k + 0.5 - at) / stretch);
    const from = Math.min(Math.max(first, 0), sourceLength);
    const to = Math.max(from, Math.min(last + 1, sourceLength));
    start[i] = from;
    count[i] = to - from;
    offset[i] = weights.length;
    for (let k = from; k < to; k++) weights.push(catmullRom((k + 0.5 - at) / stretch) / sum);
  }
  return { start, count, offset, weights: Float32Array.from(weights) };
}

function catmullRom(t: number): number {
  const x = Math.abs(t);
  if (x < 1) return 1 + x * x * (1.5 * x - 2.5);
  if (x < 2) return 2 + x * (-4 + x * (2.5 - 0.5 * x));
  return 0;
}
