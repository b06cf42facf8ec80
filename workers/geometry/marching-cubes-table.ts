/**
 * Triangulations of a marching-cubes cell, generated from rules instead of copied from a table.
 *
 * A cell has eight corners, corner c at (c >> 2, c & 1, (c >> 1) & 1), and twelve edges, edge `4 * axis + j`.
 * Its surface is found in three steps:
 *
 * 1. Every face of the cell is crossed by directed segments between the crossed edges, all with the inside on
 *    the same hand seen from outside the cell. A face with two inside corners on a diagonal is ambiguous: its segments cut off
 *    either the inside corners (separated) or the outside corners (joined), by the caller's decision. The decision
 *    depends on the four values of the face alone, so both cells of a face agree.
 * 2. A crossed edge lies on two faces of the cell and is the end of a segment on one and the start on the other:
 *    the segments close to loops.
 * 3. Each loop is spanned by a disk of triangles. Its inner edges never join two points of one cell face, so they
 *    belong to this cell alone. Where no such triangulation exists, a point in the middle of the loop is added.
 *
 * Why the whole surface is a closed manifold: an edge on a cell face is a segment, used once by each of the two
 * cells, in opposite directions; every other edge lies inside one disk. The four faces around a grid edge give its
 * vertex four segments and the four cells join them to one ring, so each vertex has one fan.
 */

/** Grid axis (0 x, 1 y, 2 z) of each cell edge. */
export const EDGE_AXIS = new Uint8Array(12);
/** The corner at the lower end of each cell edge; the other is this plus `AXIS_BIT[axis]`. */
export const EDGE_CORNER = new Uint8Array(12);
/** Which bit of a corner number is its place along x, y, z. */
export const AXIS_BIT = [4, 1, 2] as const;

for (let axis = 0; axis < 3; axis++) {
  let j = 0;
  for (let corner = 0; corner < 8; corner++) {
    if (corner & AXIS_BIT[axis]!) continue;
    EDGE_AXIS[4 * axis + j] = axis;
    EDGE_CORNER[4 * axis + j] = corner;
    j++;
  }
}

/** The four corners of each cell face, counter-clockwise seen from outside the cell; face `2 * axis + side`. */
export const FACE_CORNERS: readonly (readonly [number, number, number, number])[] = [0, 1, 2].flatMap((axis) => {
  const [a, u, v] = [AXIS_BIT[axis]!, AXIS_BIT[(axis + 1) % 3]!, AXIS_BIT[(axis + 2) % 3]!];
  return [[0, v, u | v, u] as const, [a, a | u, a | u | v, a | v] as const];
});

/** How to fill one cell. Points 0 to 11 are the crossings of the cell edges, 12 and up the middles of loops. */
export interface CellTriangulation {
  /** Crossed edges in use. */
  edges: Uint8Array;
  /** Loops with a point in their middle: point `12 + i` is the mean of the crossings of `middles[i]`. */
  middles: readonly Uint8Array[];
  /** Three points per triangle, counter-clockwise seen from outside the surface. */
  triangles: Uint8Array;
}

export interface MarchingCubesTable {
  /** Bit f is set where face f is ambiguous, per corner case (bit c of a case: corner c is inside). */
  ambiguousFaces: Uint8Array;
  /** Indexed by `64 * cornerCase + joined`; bit f of `joined` is set where ambiguous face f joins its inside corners. */
  cells: readonly (CellTriangulation | undefined)[];
}

let table: MarchingCubesTable | undefined;

/** The table, built on first use (a few milliseconds). */
export function marchingCubesTable(): MarchingCubesTable {
  table ??= buildTable();
  return table;
}

function buildTable(): MarchingCubesTable {
  const ambiguousFaces = new Uint8Array(256);
  const cells = new Array<CellTriangulation | undefined>(256 * 64);
  for (let cornerCase = 0; cornerCase < 256; cornerCase++) {
    for (let face = 0; face < 6; face++) {
      const [a, b, c, d] = FACE_CORNERS[face]!.map((corner) => (cornerCase >> corner) & 1);
      if (a === c && b === d && a !== b) ambiguousFaces[cornerCase]! |= 1 << face;
    }
    const ambiguous = ambiguousFaces[cornerCase]!;
    for (let joined = 0; joined < 64; joined++) {
      if ((joined & ~ambiguous) === 0) cells[64 * cornerCase + joined] = triangulateCell(cornerCase, joined);
    }
  }
  return { ambiguousFaces, cells };
}

function triangulateCell(cornerCase: number, joined: number): CellTriangulation {
  const edges: number[] = [];
  const middles: Uint8Array[] = [];
  const triangles: number[] = [];
  for (const loop of traceLoops(cornerCase, joined)) {
    edges.push(...loop);
    const inner = triangulateLoop(loop);
    if (inner) {
      triangles.push(...inner);
    } else {
      for (let i = 0; i < loop.length; i++) triangles.push(12 + middles.length, loop[i]!, loop[(i + 1) % loop.length]!);
      middles.push(Uint8Array.from(loop));
    }
  }
  return { edges: Uint8Array.from(edges), middles, triangles: Uint8Array.from(triangles) };
}

/** Steps 1 and 2: the closed loops of crossed edges. */
function traceLoops(cornerCase: number, joined: number): number[][] {
  const next = new Int8Array(12).fill(-1);
  for (let face = 0; face < 6; face++) {
    const corners = FACE_CORNERS[face]!;
    for (let i = 0; i < 4; i++) {
      if (!isInside(cornerCase, corners[i]!) || isInside(cornerCase, corners[(i + 1) & 3]!)) continue;
      // The walk around the face leaves the inside here. The segment that ends here starts where the walk last came in,
      // so that the corner between is cut off alone, or where it comes in next, where the inside corners are joined.
      const step = (joined >> face) & 1 ? 1 : 3;
      let k = (i + step) & 3;
      while (isInside(cornerCase, corners[k]!) === isInside(cornerCase, corners[(k + 1) & 3]!)) k = (k + step) & 3;
      const enters = edgeBetween(corners[k]!, corners[(k + 1) & 3]!);
      next[enters] = edgeBetween(corners[i]!, corners[(i + 1) & 3]!);
    }
  }
  const loops: number[][] = [];
  for (let start = 0; start < 12; start++) {
    const loop: number[] = [];
    for (let edge = start; next[edge]! >= 0; ) {
      loop.push(edge);
      const following = next[edge]!;
      next[edge] = -1;
      edge = following;
    }
    if (loop.length > 0) loops.push(loop);
  }
  return loops;
}

/**
 * Step 3: the triangulation of a loop with the shortest inner edges (crossings taken in the middle of their cell
 * edges) among those that join no two points of one face; undefined where there is none.
 */
function triangulateLoop(loop: readonly number[]): number[] | undefined {
  const n = loop.length;
  const cost = Array.from({ length: n }, () => new Float64Array(n));
  const apex = Array.from({ length: n }, () => new Int8Array(n));
  for (let span = 2; span < n; span++) {
    for (let i = 0; i + span < n; i++) {
      const k = i + span;
      let best = Number.POSITIVE_INFINITY;
      for (let j = i + 1; j < k; j++) {
        const total = cost[i]![j]! + cost[j]![k]!;
        if (total < best) {
          best = total;
          apex[i]![k] = j;
        }
      }
      cost[i]![k] = best + (span === n - 1 ? 0 : innerEdgeCost(loop[i]!, loop[k]!));
    }
  }
  if (!Number.isFinite(cost[0]![n - 1]!)) return undefined;
  const triangles: number[] = [];
  const split = (i: number, k: number): void => {
    if (k - i < 2) return;
    const j = apex[i]![k]!;
    triangles.push(loop[i]!, loop[j]!, loop[k]!);
    split(i, j);
    split(j, k);
  };
  split(0, n - 1);
  return triangles;
}

function innerEdgeCost(e: number, f: number): number {
  let squared = 0;
  for (let axis = 0; axis < 3; axis++) {
    const [p, q] = [edgeMiddle(e, axis), edgeMiddle(f, axis)];
    // Both on the same side of the cell along an axis: one face holds both.
    if (p === q && p !== 0.5) return Number.POSITIVE_INFINITY;
    squared += (p - q) ** 2;
  }
  return squared;
}

function edgeMiddle(edge: number, axis: number): number {
  if (EDGE_AXIS[edge] === axis) return 0.5;
  return EDGE_CORNER[edge]! & AXIS_BIT[axis]! ? 1 : 0;
}

function edgeBetween(a: number, b: number): number {
  const axis = AXIS_BIT.indexOf((a ^ b) as 1 | 2 | 4);
  for (let edge = 4 * axis; edge < 4 * axis + 4; edge++) if (EDGE_CORNER[edge] === (a & b)) return edge;
  throw new Error(`corners ${a} and ${b} share no cell edge`);
}

function isInside(cornerCase: number, corner: number): boolean {
  return ((cornerCase >> corner) & 1) === 1;
}
