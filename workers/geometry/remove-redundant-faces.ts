import { sortByKey } from './half-edges.ts';
import type { Mesh } from './mesh.ts';

/**
 * Drops faces that repeat a vertex or have a coordinate that is not finite, pairs of faces on the same three vertices
 * that look in opposite directions (they enclose nothing), and copies that look in the same one.
 * @returns the other faces in their order, over the same positions
 */
export function removeRedundantFaces({ positions, indices }: Pick<Mesh, 'positions' | 'indices'>): Mesh {
  const vertexCount = positions.length / 3;
  const faceCount = indices.length / 3;
  const low = new Uint32Array(faceCount);
  const middle = new Uint32Array(faceCount);
  const high = new Uint32Array(faceCount);
  const isKept = new Uint8Array(faceCount).fill(1);
  for (let f = 0; f < faceCount; f++) {
    const a = indices[3 * f]!;
    const b = indices[3 * f + 1]!;
    const c = indices[3 * f + 2]!;
    low[f] = Math.min(a, b, c);
    high[f] = Math.max(a, b, c);
    middle[f] = a + b + c - low[f]! - high[f]!;
    if (
      a === b ||
      b === c ||
      c === a ||
      !(isFiniteAt(positions, a) && isFiniteAt(positions, b) && isFiniteAt(positions, c))
    ) {
      isKept[f] = 0;
    }
  }
  const order = sortByKey(sortByKey(sortByKey(undefined, high, vertexCount), middle, vertexCount), low, vertexCount);
  for (let start = 0; start < faceCount; ) {
    const f = order[start]!;
    let end = start;
    let balance = 0;
    for (; end < faceCount; end++) {
      const g = order[end]!;
      if (low[g] !== low[f] || middle[g] !== middle[f] || high[g] !== high[f]) break;
      if (isKept[g]) balance += direction(indices, g, low[g]!, middle[g]!);
    }
    if (end - start > 1)
      keepOne(order, start, end, isKept, (g) => direction(indices, g, low[g]!, middle[g]!) * balance > 0);
    start = end;
  }

  const kept = new Uint32Array(indices.length);
  let count = 0;
  for (let f = 0; f < faceCount; f++) {
    if (!isKept[f]) continue;
    kept[count++] = indices[3 * f]!;
    kept[count++] = indices[3 * f + 1]!;
    kept[count++] = indices[3 * f + 2]!;
  }
  return { positions, indices: kept.slice(0, count) };
}

/** Keeps the first face of a group that is wanted and drops the others. */
function keepOne(
  order: Uint32Array,
  start: number,
  end: number,
  isKept: Uint8Array,
  isWanted: (face: number) => boolean,
): void {
  let isFound = false;
  for (let i = start; i < end; i++) {
    const face = order[i]!;
    if (!isKept[face]) continue;
    if (isFound || !isWanted(face)) isKept[face] = 0;
    else isFound = true;
  }
}

/** 1 where the face runs from its lowest to its middle vertex, -1 where it runs back. */
function direction(indices: Uint32Array, face: number, low: number, middle: number): number {
  for (let k = 0; k < 3; k++) {
    if (indices[3 * face + k] === low) return indices[3 * face + ((k + 1) % 3)] === middle ? 1 : -1;
  }
  return 0;
}

function isFiniteAt(positions: Float32Array, vertex: number): boolean {
  return Number.isFinite(positions[3 * vertex]! + positions[3 * vertex + 1]! + positions[3 * vertex + 2]!);
}
