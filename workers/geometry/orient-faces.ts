import { pairHalfEdges } from './half-edges.ts';
import type { Mesh } from './mesh.ts';

/**
 * Turns faces so that neighbours across an edge of two faces agree about the outside. In a patch of faces connected
 * by such edges the smaller number is turned; a patch that needed it is then turned as a whole if its signed volume is
 * negative, and everything is if the total volume is: a mesh that was consistent and outward stays as it is, hollows
 * included. A one-sided patch (a Moebius strip) keeps a line where its faces disagree.
 */
export function orientFaces({ positions, indices }: Pick<Mesh, 'positions' | 'indices'>): Mesh {
  const faceCount = indices.length / 3;
  const oriented = indices.slice();
  const pairs = pairHalfEdges(indices, positions.length / 3);
  if (pairs.flippedEdges > 0) {
    const turned = new Int8Array(faceCount).fill(-1);
    const patch = new Uint32Array(faceCount);
    for (let seed = 0; seed < faceCount; seed++) {
      if (turned[seed]! >= 0) continue;
      const size = collectPatch(indices, pairs.twin, seed, turned, patch);
      orientPatch(positions, oriented, patch.subarray(0, size), turned);
    }
  }
  let volume = 0;
  for (let f = 0; f < faceCount; f++) volume += signedVolume(positions, oriented, f);
  if (volume < 0) for (let f = 0; f < faceCount; f++) turnFace(oriented, f);
  return { positions, indices: oriented };
}

/** Fills `patch` with the faces reachable from a seed and sets in `turned` which disagree with it; returns their number. */
function collectPatch(
  indices: Uint32Array,
  twin: Int32Array,
  seed: number,
  turned: Int8Array,
  patch: Uint32Array,
): number {
  turned[seed] = 0;
  patch[0] = seed;
  let size = 1;
  for (let i = 0; i < size; i++) {
    const face = patch[i]!;
    for (let h = 3 * face; h < 3 * face + 3; h++) {
      const t = twin[h]!;
      if (t < 0) continue;
      const other = Math.floor(t / 3);
      if (turned[other]! >= 0) continue;
      const agrees = indices[t] !== indices[h];
      turned[other] = agrees ? turned[face]! : 1 - turned[face]!;
      patch[size++] = other;
    }
  }
  return size;
}

function orientPatch(positions: Float32Array, indices: Uint32Array, patch: Uint32Array, turned: Int8Array): void {
  let turnedCount = 0;
  for (let i = 0; i < patch.length; i++) turnedCount += turned[patch[i]!]!;
  if (turnedCount === 0) return;
  const minority = 2 * turnedCount <= patch.length ? 1 : 0;
  let volume = 0;
  for (let i = 0; i < patch.length; i++) {
    const face = patch[i]!;
    if (turned[face] === minority) turnFace(indices, face);
    volume += signedVolume(positions, indices, face);
  }
  if (volume < 0) for (let i = 0; i < patch.length; i++) turnFace(indices, patch[i]!);
}

function turnFace(indices: Uint32Array, face: number): void {
  const second = indices[3 * face + 1]!;
  indices[3 * face + 1] = indices[3 * face + 2]!;
  indices[3 * face + 2] = second;
}

/** Of the tetrahedron between the origin and a face. */
function signedVolume(positions: Float32Array, indices: Uint32Array, face: number): number {
  const a = 3 * indices[3 * face]!;
  const b = 3 * indices[3 * face + 1]!;
  const c = 3 * indices[3 * face + 2]!;
  return (
    (positions[a]! * (positions[b + 1]! * positions[c + 2]! - positions[b + 2]! * positions[c + 1]!) +
      positions[a + 1]! * (positions[b + 2]! * positions[c]! - positions[b]! * positions[c + 2]!) +
      positions[a + 2]! * (positions[b]! * positions[c + 1]! - positions[b + 1]! * positions[c]!)) /
    6
  );
}
