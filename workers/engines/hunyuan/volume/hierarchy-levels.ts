/** The coarsest level has at least this many cells where there are several. */
const COARSEST_CELLS = 63;

/**
 * Cells per axis of each level of the plain hierarchy, coarsest first: the resolution, halved as long as at least 63
 * are left. 256 gives 64, 128, 256; below 126 there is one level.
 */
export function hierarchyLevels(resolution: number): number[] {
  const levels = [resolution];
  for (let cells = resolution >> 1; cells >= COARSEST_CELLS; cells >>= 1) levels.unshift(cells);
  return levels;
}

/**
 * Cells per axis of each level where query groups choose their latents. The first grid has a multiple of four nodes
 * per axis, for its four by four by four groups, and each later one twice the cells of the one before: 256 gives
 * 63, 126, 252. The last level is therefore not quite the resolution.
 */
export function flashLevels(resolution: number): number[] {
  const levels = hierarchyLevels(resolution);
  const first = 4 * roundHalfToEven(levels[0]! / 4) - 1;
  return levels.map((_, i) => first << i);
}

function roundHalfToEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
