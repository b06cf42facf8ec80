import type { ScalarField } from '../../../geometry/mesh.ts';
import { type CubeField, storeLogits } from './cube-field.ts';
import { decodeLevels } from './decode-levels.ts';
import { flashLevels } from './hierarchy-levels.ts';
import type { NodeMask } from './node-mask.ts';
import type { GroupSelection, OnProgress, QueryGroup } from './query-field.ts';

/** Blocks per axis that the first grid is cut into, each a group. */
const FIRST_BLOCKS = 4;
/** Bins per axis of the later levels; just below 6, so that the largest coordinate falls into the last of them. */
const LATER_BINS = 6 - 0.001;
/** On the first level every hundredth point has a say in the choice of latents, later every so manieth. */
const FIRST_STRIDE = 100;
const LATER_STRIDE = { mean: 50, merge: 30 } as const;

export interface FlashOptions {
  /** Answers one group of points, which share their choice of latents. */
  query: QueryGroup;
  /** Cells per axis that are asked for; the last grid has about as many (`flashLevels`). */
  resolution: number;
  /** How the network combines the say of the sampled points; sets how many are sampled. */
  selection: keyof typeof LATER_STRIDE;
  onProgress?: OnProgress;
}

/** First and one past the last node of a box along one axis. */
type Span = readonly [number, number];

/**
 * The network's field on the query cube, refined as in `decodeHierarchical`, where points that lie near each other
 * attend together to the few latents that matter to them.
 *
 * A group is a quarter of the first grid along each axis, later a sixth of the extent of the nodes that are
 * evaluated. Groups come in the order of their boxes and points in the order of their nodes, x slowest: which points
 * are sampled depends on it. Each group is one call, of up to a few 100 000 points on the finest grids; memory for
 * them comes on top of that of `decodeLevels`.
 * @returns NaN where the field was not evaluated
 * @throws {AppError} `geometry.empty`, `runtime.failed`
 */
export function decodeFlash({ query, resolution, selection, onProgress }: FlashOptions): Promise<ScalarField> {
  const evaluator = {
    evaluateAll: (field: CubeField, advance: (queries: number) => void) => {
      const blocks = equalSpans(field.n, FIRST_BLOCKS);
      const choice = { sampleStride: FIRST_STRIDE, level: 'first' } as const;
      return evaluateGroups(field, [blocks, blocks, blocks], undefined, choice, query, advance);
    },
    evaluateMarked: (field: CubeField, marked: NodeMask, advance: (queries: number) => void) => {
      const bins = markedExtent(marked).map(binSpans) as [Span[], Span[], Span[]];
      const choice = { sampleStride: LATER_STRIDE[selection], level: 'later' } as const;
      return evaluateGroups(field, bins, marked, choice, query, advance);
    },
  };
  return decodeLevels(flashLevels(resolution), evaluator, onProgress);
}

/** Each box of the lattice that holds nodes is one group; without a mask every node belongs to one. */
async function evaluateGroups(
  field: CubeField,
  [spansX, spansY, spansZ]: readonly [Span[], Span[], Span[]],
  marked: NodeMask | undefined,
  selection: GroupSelection,
  query: QueryGroup,
  advance: (queries: number) => void,
): Promise<void> {
  const collector = new Uint32Array(longest(spansX) * longest(spansY) * longest(spansZ));
  for (const spanX of spansX) {
    for (const spanY of spansY) {
      for (const spanZ of spansZ) {
        const nodes = collector.subarray(0, collectNodes(collector, spanX, spanY, spanZ, field.n, marked));
        if (nodes.length === 0) continue;
        storeLogits(field, nodes, await query(pointsOf(nodes, field), selection));
        advance(nodes.length);
      }
    }
  }
}

/** Lists the nodes of a box, or those of them that are marked, x slowest; returns their number. */
function collectNodes(
  nodes: Uint32Array,
  [x0, x1]: Span,
  [y0, y1]: Span,
  [z0, z1]: Span,
  n: number,
  marked: NodeMask | undefined,
): number {
  let count = 0;
  for (let x = x0; x < x1; x++) {
    for (let y = y0; y < y1; y++) {
      for (let z = z0; z < z1; z++) {
        if (marked === undefined || marked.has(x, y, z)) nodes[count++] = x + n * (y + n * z);
      }
    }
  }
  return count;
}

function pointsOf(nodes: Uint32Array, { n, coordinates }: CubeField): Float32Array {
  const points = new Float32Array(3 * nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    const row = Math.floor(node / n);
    const z = Math.floor(row / n);
    points[3 * i] = coordinates[node - n * row]!;
    points[3 * i + 1] = coordinates[row - n * z]!;
    points[3 * i + 2] = coordinates[z]!;
  }
  return points;
}

function equalSpans(n: number, parts: number): Span[] {
  const side = n / parts;
  return Array.from({ length: parts }, (_, i) => [i * side, (i + 1) * side] as const);
}

/** The bins of one axis as spans of nodes: node i is in bin floor((i - first) / (last - first) * 5.999). */
function binSpans([first, end]: Span): Span[] {
  const spans: Span[] = [];
  const reach = Math.max(1, end - 1 - first);
  const binOf = (i: number) => Math.floor(((i - first) / reach) * LATER_BINS);
  for (let start = first; start < end; ) {
    let next = start + 1;
    while (next < end && binOf(next) === binOf(start)) next++;
    spans.push([start, next]);
    start = next;
  }
  return spans;
}

/** The box of all marked nodes, along x, y and z. */
function markedExtent({ n, words, wordsPerRow }: NodeMask): [Span, Span, Span] {
  const columns = new Int32Array(wordsPerRow);
  let [minY, maxY, minZ, maxZ] = [n, -1, n, -1];
  for (let row = 0; row < n * n; row++) {
    let any = 0;
    for (let w = 0; w < wordsPerRow; w++) {
      const word = words[row * wordsPerRow + w]!;
      columns[w]! |= word;
      any |= word;
    }
    if (any === 0) continue;
    const y = row % n;
    const z = (row - y) / n;
    minY = Math.min(minY, y);
    maxY = Math.max(maxY, y);
    minZ = Math.min(minZ, z);
    maxZ = Math.max(maxZ, z);
  }
  const isCovered = (x: number) => ((columns[x >> 5]! >>> (x & 31)) & 1) === 1;
  let minX = 0;
  while (minX < n && !isCovered(minX)) minX++;
  let maxX = n - 1;
  while (maxX >= 0 && !isCovered(maxX)) maxX--;
  return [
    [minX, maxX + 1],
    [minY, maxY + 1],
    [minZ, maxZ + 1],
  ];
}

function longest(spans: readonly Span[]): number {
  return Math.max(0, ...spans.map(([from, to]) => to - from));
}
