/** Half-edge h runs from `indices[h]` to the next vertex of its triangle; it belongs to triangle `floor(h / 3)`. */

/** `twin` of a half-edge whose edge has one face. */
export const BOUNDARY = -1;
/** `twin` of a half-edge whose edge has three or more faces. */
export const NON_MANIFOLD = -2;
/** `twin` of a half-edge that starts and ends at one vertex. */
export const COLLAPSED = -3;

export interface HalfEdgePairs {
  /** Per half-edge the other one of its edge, or one of the negative marks above; length 3m. */
  twin: Int32Array;
  /** Edges in all. */
  edges: number;
  boundaryEdges: number;
  nonManifoldEdges: number;
  /** Edges of two faces that pass it in the same direction: the faces disagree about the outside. */
  flippedEdges: number;
}

/** The half-edge after h in its triangle. */
export function nextHalfEdge(h: number): number {
  return h % 3 === 2 ? h - 2 : h + 1;
}

/** The half-edge before h in its triangle. */
export function previousHalfEdge(h: number): number {
  return h % 3 === 0 ? h + 2 : h - 1;
}

/** Pairs the half-edges of an indexed mesh by two counting sorts; linear in the size, whatever the valences. */
export function pairHalfEdges(indices: Uint32Array, vertexCount: number): HalfEdgePairs {
  const count = indices.length;
  const low = new Uint32Array(count);
  const high = new Uint32Array(count);
  for (let h = 0; h < count; h++) {
    const a = indices[h]!;
    const b = indices[nextHalfEdge(h)]!;
    low[h] = Math.min(a, b);
    high[h] = Math.max(a, b);
  }
  const order = sortByKey(sortByKey(undefined, high, vertexCount), low, vertexCount);

  const twin = new Int32Array(count);
  const pairs: HalfEdgePairs = { twin, edges: 0, boundaryEdges: 0, nonManifoldEdges: 0, flippedEdges: 0 };
  for (let start = 0; start < count; ) {
    const h = order[start]!;
    let end = start + 1;
    while (end < count && low[order[end]!] === low[h] && high[order[end]!] === high[h]) end++;
    if (low[h] === high[h]) {
      for (let i = start; i < end; i++) twin[order[i]!] = COLLAPSED;
    } else {
      pairs.edges++;
      if (end - start === 2) {
        const other = order[start + 1]!;
        twin[h] = other;
        twin[other] = h;
        if (indices[h] === indices[other]) pairs.flippedEdges++;
      } else if (end - start === 1) {
        twin[h] = BOUNDARY;
        pairs.boundaryEdges++;
      } else {
        for (let i = start; i < end; i++) twin[order[i]!] = NON_MANIFOLD;
        pairs.nonManifoldEdges++;
      }
    }
    start = end;
  }
  return pairs;
}

/** Stable counting sort of items (in the given order, or by number) by a key below `keyCount`. */
export function sortByKey(order: Uint32Array | undefined, key: Uint32Array, keyCount: number): Uint32Array {
  const offset = new Uint32Array(keyCount + 1);
  for (let i = 0; i < key.length; i++) offset[key[i]! + 1]!++;
  for (let k = 0; k < keyCount; k++) offset[k + 1]! += offset[k]!;
  const sorted = new Uint32Array(key.length);
  for (let i = 0; i < key.length; i++) {
    const item = order === undefined ? i : order[i]!;
    sorted[offset[key[item]!]!++] = item;
  }
  return sorted;
}
