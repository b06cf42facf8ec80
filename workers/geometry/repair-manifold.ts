import { compactMesh } from './compact-mesh.ts';
import { EditableMesh } from './editable-mesh.ts';
import { nextHalfEdge, pairHalfEdges, previousHalfEdge } from './half-edges.ts';
import type { Mesh } from './mesh.ts';
import { orientFaces } from './orient-faces.ts';
import { removeRedundantFaces } from './remove-redundant-faces.ts';
import { UnionFind } from './union-find.ts';
import { weldVertices } from './weld.ts';

/** How far the copies of a split vertex or edge move apart, as a share of the way to the middle of their faces. */
const SEPARATION = 0.02;

/**
 * Turns any triangles into a closed manifold with outward winding, changing only what is wrong:
 *
 * 1. Vertices at one place are joined; faces without area by index, non-finite faces and duplicates are dropped.
 * 2. Neighbouring faces are made to agree about the outside.
 * 3. The faces around an edge with more than two are paired across the inside, so that solids that touch come apart;
 *    faces without a partner leave a border.
 * 4. A vertex gets a copy for each of its fans. Copies move apart a little, so that they stay apart when vertices are
 *    joined by place later.
 * 5. Each border loop is closed by a fan around its middle.
 * 6. Two edges between the same two vertices, which can be left when the faces of step 3 meet again in a ring, get a
 *    vertex in their middle.
 *
 * Each step leaves the conditions of the next, so the result needs no second pass. It may intersect itself where the
 * input did, and holes are closed plainly. Empty input gives an empty mesh.
 * @returns a mesh without normals
 */
export function repairManifold(mesh: Pick<Mesh, 'positions' | 'indices'>): Mesh {
  const { positions, indices } = orientFaces(compactMesh(removeRedundantFaces(weldVertices(mesh))));
  const twin = pairAcrossInside(positions, indices);
  const separated = splitFans(positions, indices, twin);
  const closed = closeBorders(separated, twin);
  return splitDoubleEdges(closed);
}

interface PairedMesh {
  positions: Float32Array;
  indices: Uint32Array;
  /** -1 on a border. */
  twin: Int32Array;
}

/** Step 3. */
function pairAcrossInside(positions: Float32Array, indices: Uint32Array): Int32Array {
  const vertexCount = positions.length / 3;
  const { twin } = pairHalfEdges(indices, vertexCount);
  const crowded = new Map<number, number[]>();
  for (let h = 0; h < twin.length; h++) {
    const start = indices[h]!;
    const end = indices[nextHalfEdge(h)]!;
    // Two faces that pass their edge in one direction would have been turned if they could be.
    if (twin[h]! >= 0 && indices[twin[h]!] !== start) continue;
    twin[h] = -1;
    const key = Math.min(start, end) * vertexCount + Math.max(start, end);
    const group = crowded.get(key);
    if (group) group.push(h);
    else crowded.set(key, [h]);
  }
  for (const group of crowded.values()) {
    if (group.length > 1) matchAroundEdge(positions, indices, group, twin);
  }
  return twin;
}

/**
 * Angles grow right-handed around the edge, from its lower to its higher vertex. A face that passes the edge in this
 * direction has its inside below its own angle, one that passes it backward above. Walking upwards, backward faces open an inside and forward ones close
 * it, like brackets on a circle: matching brackets are partners.
 */
function matchAroundEdge(positions: Float32Array, indices: Uint32Array, group: number[], twin: Int32Array): void {
  const first = group[0]!;
  const a = Math.min(indices[first]!, indices[nextHalfEdge(first)]!);
  const b = Math.max(indices[first]!, indices[nextHalfEdge(first)]!);
  const axis = [0, 1, 2].map((k) => positions[3 * b + k]! - positions[3 * a + k]!) as Vector;
  const toApex = (h: number): Vector => {
    const apex = indices[previousHalfEdge(h)]!;
    return [0, 1, 2].map((k) => positions[3 * apex + k]! - positions[3 * a + k]!) as Vector;
  };
  // Two directions across the edge, from its first face; scaled alike, which the angle does not see.
  const across = cross(axis, toApex(first));
  const zero = cross(across, axis);
  const axisLength = Math.hypot(...axis);
  const angles = new Map(
    group.map((h) => [h, Math.atan2(dot(toApex(h), across) * axisLength, dot(toApex(h), zero))] as const),
  );
  const sorted = group.toSorted((g, h) => angles.get(g)! - angles.get(h)! || g - h);
  const open: number[] = [];
  // Twice around: brackets that open before the start of the circle close in the second turn.
  for (const h of [...sorted, ...sorted]) {
    if (twin[h]! >= 0 || open.includes(h)) continue;
    if (indices[h] !== a) {
      open.push(h);
    } else {
      const partner = open.pop();
      if (partner === undefined) continue;
      twin[h] = partner;
      twin[partner] = h;
    }
  }
}

/** Step 4. */
function splitFans(positions: Float32Array, indices: Uint32Array, twin: Int32Array): PairedMesh {
  const corners = new UnionFind(indices.length);
  for (let h = 0; h < indices.length; h++) {
    const t = twin[h]!;
    if (t < 0) continue;
    corners.union(h, nextHalfEdge(t));
  }
  const vertexCount = positions.length / 3;
  const isTaken = new Uint8Array(vertexCount);
  const isSplit = new Uint8Array(vertexCount);
  const vertexOfFan = new Map<number, number>();
  const origin: number[] = [];
  // The representative is the first corner of its fan.
  for (let h = 0; h < indices.length; h++) {
    if (corners.find(h) !== h) continue;
    const vertex = indices[h]!;
    if (isTaken[vertex]) {
      isSplit[vertex] = 1;
      vertexOfFan.set(h, vertexCount + origin.length);
      origin.push(vertex);
    }
    isTaken[vertex] = 1;
  }
  if (origin.length === 0) return { positions, indices, twin };

  const splitIndices = indices.map((vertex, h) => vertexOfFan.get(corners.find(h)) ?? vertex);
  const splitPositions = new Float32Array(positions.length + 3 * origin.length);
  splitPositions.set(positions);
  origin.forEach((vertex, i) => {
    splitPositions.set(positions.subarray(3 * vertex, 3 * vertex + 3), positions.length + 3 * i);
    isSplit[vertex] = 1;
  });
  // Towards the mean of the neighbours in the fan, from the places before any moved.
  const sums = new Map<number, [number, number, number, number]>();
  for (let h = 0; h < indices.length; h++) {
    if (!isSplit[indices[h]!]) continue;
    const sum = sums.get(splitIndices[h]!) ?? [0, 0, 0, 0];
    for (const neighbour of [indices[nextHalfEdge(h)]!, indices[previousHalfEdge(h)]!]) {
      for (let k = 0; k < 3; k++) sum[k]! += positions[3 * neighbour + k]!;
      sum[3]++;
    }
    sums.set(splitIndices[h]!, sum);
  }
  for (const [vertex, sum] of sums) {
    for (let k = 0; k < 3; k++) {
      const place = splitPositions[3 * vertex + k]!;
      splitPositions[3 * vertex + k] = place + SEPARATION * (sum[k]! / sum[3] - place);
    }
  }
  return { positions: splitPositions, indices: splitIndices, twin };
}

/** Step 5. Each vertex has one fan by now, so at most one border half-edge starts at it: the loops are simple. */
function closeBorders({ positions, indices, twin }: PairedMesh, pairs: Int32Array): PairedMesh {
  const borderFrom = new Map<number, number>();
  for (let h = 0; h < indices.length; h++) if (pairs[h]! < 0) borderFrom.set(indices[h]!, h);
  if (borderFrom.size === 0) return { positions, indices, twin };

  const newPositions: number[] = [];
  const newIndices: number[] = [];
  const newTwins: number[] = [];
  const closedTwin = twin.slice();
  while (borderFrom.size > 0) {
    const loop: number[] = [];
    let [vertex] = borderFrom.keys();
    for (let h = borderFrom.get(vertex!); h !== undefined; h = borderFrom.get(vertex!)) {
      loop.push(h);
      borderFrom.delete(vertex!);
      vertex = indices[nextHalfEdge(h)]!;
    }
    const middle = (positions.length + newPositions.length) / 3;
    for (let k = 0; k < 3; k++) {
      newPositions.push(loop.reduce((sum, h) => sum + positions[3 * indices[h]! + k]!, 0) / loop.length);
    }
    const base = indices.length + newIndices.length;
    loop.forEach((h, i) => {
      // Runs against the border: its end, its start, the middle.
      newIndices.push(indices[nextHalfEdge(h)]!, indices[h]!, middle);
      const previous = (i + loop.length - 1) % loop.length;
      const next = (i + 1) % loop.length;
      newTwins.push(h, base + 3 * previous + 2, base + 3 * next + 1);
      closedTwin[h] = base + 3 * i;
    });
  }
  return {
    positions: concat(positions, newPositions, Float32Array),
    indices: concat(indices, newIndices, Uint32Array),
    twin: concat(closedTwin, newTwins, Int32Array),
  };
}

/** Step 6. A split renames half-edges of its two faces, so each pass splits one edge of a face at most. */
function splitDoubleEdges({ positions, indices, twin }: PairedMesh): Mesh {
  if (pairHalfEdges(indices, positions.length / 3).nonManifoldEdges === 0) return { positions, indices };
  const mesh = new EditableMesh({ positions, indices }, twin);
  for (;;) {
    const count = mesh.halfEdgeCount;
    const byPlace = pairHalfEdges(Uint32Array.from(mesh.start.subarray(0, count)), mesh.vertexCount);
    if (byPlace.nonManifoldEdges === 0) return mesh.toMesh();
    const isCut = new Uint8Array(count / 3);
    for (let h = 0; h < count; h++) {
      const t = mesh.twin[h]!;
      const [face, otherFace] = [Math.floor(h / 3), Math.floor(t / 3)];
      if (byPlace.twin[h]! >= 0 || isCut[face] || isCut[otherFace]) continue;
      isCut[face] = 1;
      isCut[otherFace] = 1;
      mesh.splitEdge(h, ...insideFaces(mesh, h));
    }
  }
}

/** The middle of an edge, moved a little into its two faces. */
function insideFaces(mesh: EditableMesh, h: number): Vector {
  const at = (vertex: number, k: number) => mesh.positions[3 * vertex + k]!;
  return [0, 1, 2].map((k) => {
    const middle = (at(mesh.start[h]!, k) + at(mesh.end(h), k)) / 2;
    const apex = at(mesh.start[previousHalfEdge(h)]!, k);
    const otherApex = at(mesh.start[previousHalfEdge(mesh.twin[h]!)]!, k);
    return middle + SEPARATION * ((apex + otherApex) / 2 - middle);
  }) as Vector;
}

type Vector = [number, number, number];

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function concat<T extends Float32Array | Uint32Array | Int32Array>(
  head: T,
  tail: readonly number[],
  ArrayType: new (length: number) => T,
): T {
  const result = new ArrayType(head.length + tail.length);
  result.set(head);
  result.set(tail, head.length);
  return result;
}
