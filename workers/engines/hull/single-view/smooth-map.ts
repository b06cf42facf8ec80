import type { ReliefGrid } from './relief-grid.ts';

/** Width and height of a map, x fastest. */
type MapSize = Pick<ReliefGrid, 'width' | 'height'>;

/**
 * Box blur over `2 * radius + 1` samples, `passes` times along both axes; two passes are close to a Gaussian. Beyond
 * the border the outermost sample is repeated.
 * @returns a new map
 */
export function blurMap(map: Float32Array, { width, height }: MapSize, radius: number, passes = 2): Float32Array {
  const result = map.slice();
  if (radius < 1) return result;
  const line = new Float32Array(Math.max(width, height));
  for (let pass = 0; pass < passes; pass++) {
    for (let y = 0; y < height; y++) blurLine(result, y * width, 1, width, radius, line);
    for (let x = 0; x < width; x++) blurLine(result, x, width, height, radius, line);
  }
  return result;
}

function blurLine(
  map: Float32Array,
  start: number,
  stride: number,
  length: number,
  radius: number,
  line: Float32Array,
): void {
  for (let i = 0; i < length; i++) line[i] = map[start + i * stride]!;
  let sum = 0;
  for (let i = -radius; i <= radius; i++) sum += line[Math.min(length - 1, Math.max(0, i))]!;
  for (let i = 0; i < length; i++) {
    map[start + i * stride] = sum / (2 * radius + 1);
    sum += line[Math.min(length - 1, i + radius + 1)]! - line[Math.max(0, i - radius)]!;
  }
}

interface Level extends MapSize {
  values: Float32Array;
  /** Not 0 where the value is known. */
  filled: Uint8Array;
}

/**
 * Extends the samples where `known` is not 0 over the whole map: every other sample takes the mean of the known ones
 * in the smallest block around it, of a pyramid of blocks, that has any. A map without known samples becomes 0.
 * @returns a new map
 */
export function extendMap(map: Float32Array, known: Uint8Array, { width, height }: MapSize): Float32Array {
  const finest: Level = { values: map.slice(), filled: known, width, height };
  for (let i = 0; i < map.length; i++) if (!known[i]) finest.values[i] = 0;
  const levels = [finest];
  for (let level = finest; level.width > 1 || level.height > 1; ) {
    level = halveLevel(level);
    levels.push(level);
  }
  for (let l = levels.length - 2; l >= 0; l--) fillFrom(levels[l + 1]!, levels[l]!);
  return finest.values;
}

function halveLevel({ values, filled, width, height }: Level): Level {
  const halfWidth = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  const means = new Float32Array(halfWidth * halfHeight);
  const counts = new Uint8Array(halfWidth * halfHeight);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!filled[y * width + x]) continue;
      const to = (y >> 1) * halfWidth + (x >> 1);
      means[to]! += values[y * width + x]!;
      counts[to]! += 1;
    }
  }
  for (let i = 0; i < means.length; i++) if (counts[i]! > 0) means[i]! /= counts[i]!;
  return { values: means, filled: counts, width: halfWidth, height: halfHeight };
}

function fillFrom(coarse: Level, fine: Level): void {
  for (let y = 0; y < fine.height; y++) {
    for (let x = 0; x < fine.width; x++) {
      const at = y * fine.width + x;
      if (!fine.filled[at]) fine.values[at] = coarse.values[(y >> 1) * coarse.width + (x >> 1)]!;
    }
  }
}
