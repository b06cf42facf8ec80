import { NO_FEATURE, transformSquaredDistance2d } from '../../../geometry/distance-transform.ts';
import type { ReliefGrid } from './relief-grid.ts';

/** An end is flat where its outline rises no more than this per sample along it. */
const MAX_SLOPE = 0.3;
const SLOPE_WINDOW = 6;
/** An end longer than this many times the part behind it is the side of a bar lying across, not an end. */
const MAX_LENGTH_RATIO = 1.6;
const MIN_LENGTH = 4;
/** How far a part is continued beyond its end, in lengths of the end: enough that no inscribed disc feels it. */
const CONTINUATION = 0.8;

/** Runs of covered samples in one column: pairs of first and last row. */
type Runs = number[];

function findRuns(covered: Uint8Array, { width, height }: ReliefGrid, x: number): Runs {
  const runs: Runs = [];
  let start = -1;
  for (let y = 0; y <= height; y++) {
    const inside = y < height && covered[x + width * y] !== 0;
    if (inside && start < 0) start = y;
    if (!inside && start >= 0) {
      runs.push(start, y - 1);
      start = -1;
    }
  }
  return runs;
}

/** The columns and runs of one flat stretch of outline. */
interface Chain {
  columns: number[];
  /** Row of the outline per column. */
  ends: number[];
  /** Height of the run behind the outline per column. */
  heights: number[];
}

/** Follows a flat outline from run to run of neighbouring columns; `side` is 0 for lower ends, 1 for upper ones. */
function followChain(columns: readonly Runs[], used: Uint8Array[], x0: number, run0: number, side: 0 | 1): Chain {
  const chain: Chain = { columns: [], ends: [], heights: [] };
  let run = run0;
  for (let x = x0; ; x++) {
    const runs = columns[x]!;
    used[x]![run] = 1;
    chain.columns.push(x);
    chain.ends.push(runs[2 * run + side]!);
    chain.heights.push(runs[2 * run + 1]! - runs[2 * run]! + 1);
    const next = columns[x + 1];
    if (next === undefined) return chain;
    const end = runs[2 * run + side]!;
    run = -1;
    for (let r = 0; r < next.length / 2 && run < 0; r++) {
      if (!used[x + 1]![r] && Math.abs(next[2 * r + side]! - end) <= 1) run = r;
    }
    if (run < 0) return chain;
    const back = chain.ends[chain.ends.length - SLOPE_WINDOW];
    if (back !== undefined && Math.abs(next[2 * run + side]! - back) > SLOPE_WINDOW * MAX_SLOPE + 1) return chain;
  }
}

/**
 * Continues parts upwards and downwards beyond their flat ends, as if the picture had been cut there: the upper rim
 * of a mug, the foot of a lamp. Inscribed discs of the result do not shrink towards such ends, so that the part
 * comes out as an upright cylinder or cone instead of a ball.
 * @param distance signed distance to the silhouette, positive inside
 * @returns signed distance to the continued silhouette, exact up to half a sample inside, -1 outside
 */
export function continueBeyondEnds(distance: Float32Array, grid: ReliefGrid): Float32Array {
  const covered = new Uint8Array(distance.length);
  for (let i = 0; i < covered.length; i++) covered[i] = distance[i]! > 0 ? 1 : 0;
  const columns: Runs[] = [];
  for (let x = 0; x < grid.width; x++) columns.push(findRuns(covered, grid, x));
  const continued = covered.slice();
  for (const side of [0, 1] as const) {
    const used = columns.map((runs) => new Uint8Array(runs.length / 2));
    for (let x = 0; x < grid.width; x++) {
      for (let run = 0; run < columns[x]!.length / 2; run++) {
        if (used[x]![run]) continue;
        continueChain(followChain(columns, used, x, run, side), side, covered, continued, grid);
      }
    }
  }
  return measureInside(continued, grid);
}

function continueChain(
  chain: Chain,
  side: 0 | 1,
  covered: Uint8Array,
  continued: Uint8Array,
  { width, height }: ReliefGrid,
): void {
  const length = chain.columns.length;
  const behind = [...chain.heights].sort((a, b) => a - b)[length >> 1]!;
  if (length < MIN_LENGTH || length > MAX_LENGTH_RATIO * behind) return;
  const direction = side === 1 ? 1 : -1;
  const reach = Math.ceil(CONTINUATION * length);
  for (let c = 0; c < length; c++) {
    for (let s = 1; s <= reach; s++) {
      const y = chain.ends[c]! + s * direction;
      if (y < 0 || y >= height) break;
      const at = chain.columns[c]! + width * y;
      if (covered[at]) break;
      continued[at] = 1;
    }
  }
}

function measureInside(covered: Uint8Array, { width, height, spacing }: ReliefGrid): Float32Array {
  const distance = new Float32Array(covered.length);
  for (let i = 0; i < covered.length; i++) distance[i] = covered[i] ? NO_FEATURE : 0;
  transformSquaredDistance2d(distance, width, height);
  for (let i = 0; i < covered.length; i++) {
    distance[i] = covered[i] ? Math.min(width + height, Math.sqrt(distance[i]!) - 0.5) * spacing : -1;
  }
  return distance;
}
