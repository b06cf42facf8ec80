import { createSurfacePoint, type TriangleBvh } from './closest-point.ts';
import { EditableMesh } from './editable-mesh.ts';
import { nextHalfEdge, previousHalfEdge } from './half-edges.ts';
import type { Mesh } from './mesh.ts';
import { radixSortOrder } from './radix-sort-order.ts';

export interface RemeshOptions {
  /** Triangles to reach; the result has as many or one less, unless bends forbid it. */
  targetFaces: number;
  /** Rounds of splitting, merging, flipping and relaxing. */
  rounds?: number;
  /** Called with the share that is done. */
  onProgress?: (fraction: number) => void;
}

/** Edges are split above and merged below these multiples of the aimed length (Botsch and Kobbelt 2004). */
const SPLIT_ABOVE = 4 / 3;
const MERGE_BELOW = 4 / 5;
/** A merge may turn no face by more than 30 degrees: bends stay finer than flat parts. */
const MERGE_TURN_COSINE = Math.cos((30 * Math.PI) / 180);
/** No vertex moves along the surface where a face leans this far from the mean: it holds a sharp edge or a tip. */
const SHARP_COSINE = Math.cos((40 * Math.PI) / 180);
/** Edges between faces that meet at more than this stay where they are. */
const CREASE_COSINE = Math.cos((35 * Math.PI) / 180);
/** Moves may turn no face by more than 60 degrees. */
const MOVE_TURN_COSINE = 0.5;
/** Share of the way to the middle of the neighbours per relaxation. */
const RELAX_STEP = 0.7;

/**
 * Evens out the triangles of a surface: splits long edges, merges short ones, flips edges to the Delaunay condition,
 * and moves vertices along the surface towards the middle of their neighbours, each time back onto the original
 * surface (Botsch and Kobbelt, A Remeshing Approach to Multiresolution Modeling, 2004).
 *
 * Every operation keeps a closed manifold of the same genus. Sharp edges and tips stay where they are.
 * @param mesh a closed manifold near the surface
 * @param surface the original, which new and moved vertices come to lie on
 */
export function remeshIsotropic(
  mesh: Pick<Mesh, 'positions' | 'indices'>,
  surface: TriangleBvh,
  { targetFaces, rounds = 4, onProgress }: RemeshOptions,
): Mesh {
  if (mesh.indices.length === 0) return { positions: mesh.positions.slice(), indices: mesh.indices.slice() };
  const remesher = new IsotropicRemesher(mesh, surface, targetFaces);
  for (let round = 0; round < rounds; round++) {
    remesher.runRound();
    onProgress?.((round + 1) / (rounds + 1));
  }
  remesher.settleCount();
  onProgress?.(1);
  return remesher.toMesh();
}

class IsotropicRemesher {
  private readonly mesh: EditableMesh;
  private readonly found = createSurfacePoint();
  /** Where the last projection ended. */
  private readonly place = new Float64Array(3);
  private readonly normal = new Float64Array(3);
  private readonly otherNormal = new Float64Array(3);
  /** A face of the surface near each vertex. */
  private hints: Int32Array;
  private aimedLength: number;

  constructor(
    mesh: Pick<Mesh, 'positions' | 'indices'>,
    private readonly surface: TriangleBvh,
    private readonly targetFaces: number,
  ) {
    this.mesh = new EditableMesh(mesh);
    this.hints = new Int32Array(this.mesh.vertexCount).fill(-1);
    // Equilateral triangles of the mean area.
    this.aimedLength = Math.sqrt((4 * this.area()) / (Math.sqrt(3) * targetFaces));
  }

  toMesh(): Mesh {
    return this.mesh.toMesh();
  }

  runRound(): void {
    this.splitLongEdges();
    this.mergeShortEdges();
    this.flipEdges();
    this.relax();
    this.flipEdges();
    // The thresholds do not fix the count; half a correction per round does not overshoot.
    this.aimedLength *= (this.mesh.faceCount / this.targetFaces) ** 0.25;
  }

  /** Merges the shortest or splits the longest edges until the count is right, then smooths the traces. */
  settleCount(): void {
    for (let attempt = 0; attempt < 6; attempt++) {
      const excess = this.mesh.faceCount - this.targetFaces;
      if (excess <= 0 && excess > -2) break;
      const order = this.edgesByLength();
      let left = Math.ceil(Math.abs(excess) / 2);
      if (excess > 0) {
        for (let i = 0; i < order.length && left > 0; i++) {
          const h = order[i]!;
          if (this.isEdge(h) && this.tryMerge(h, Number.POSITIVE_INFINITY)) left--;
        }
      } else {
        left = Math.floor(-excess / 2);
        for (let i = order.length - 1; i >= 0 && left > 0; i--, left--) this.split(order[i]!);
      }
      this.flipEdges();
      this.relax();
    }
    this.relax();
    this.flipEdges();
  }

  private splitLongEdges(): void {
    const { mesh } = this;
    const limit = (SPLIT_ABOVE * this.aimedLength) ** 2;
    const count = mesh.halfEdgeCount;
    for (let h = 0; h < count; h++) {
      if (this.isEdge(h) && mesh.twin[h]! > h && mesh.squaredLength(h) > limit) this.split(h);
    }
  }

  private mergeShortEdges(): void {
    const { mesh } = this;
    const limit = (MERGE_BELOW * this.aimedLength) ** 2;
    const longest = (SPLIT_ABOVE * this.aimedLength) ** 2;
    for (let h = 0; h < mesh.halfEdgeCount; h++) {
      if (this.isEdge(h) && mesh.twin[h]! > h && mesh.squaredLength(h) < limit) this.tryMerge(h, longest);
    }
  }

  private isEdge(h: number): boolean {
    return this.mesh.start[h]! >= 0;
  }

  private split(h: number): void {
    const { mesh, place } = this;
    const a = mesh.start[h]!;
    const b = mesh.end(h);
    for (let k = 0; k < 3; k++) place[k] = (mesh.positions[3 * a + k]! + mesh.positions[3 * b + k]!) / 2;
    this.edgeNormal(h);
    const hint = this.project(this.hints[a]!);
    const vertex = mesh.splitEdge(h, place[0]!, place[1]!, place[2]!);
    if (vertex >= this.hints.length) {
      const grown = new Int32Array(2 * this.hints.length).fill(-1);
      grown.set(this.hints);
      this.hints = grown;
    }
    this.hints[vertex] = hint;
  }

  /** Merges the ends of h where the topology, the faces' directions and the longest new edge (squared) allow it. */
  private tryMerge(h: number, longest: number): boolean {
    const { mesh, place } = this;
    if (!mesh.canCollapse(h)) return false;
    const a = mesh.start[h]!;
    const b = mesh.end(h);
    const isSharpA = this.isSharp(a);
    const isSharpB = this.isSharp(b);
    const shareB = isSharpA === isSharpB ? 0.5 : isSharpB ? 1 : 0;
    for (let k = 0; k < 3; k++) {
      place[k] = mesh.positions[3 * a + k]! * (1 - shareB) + mesh.positions[3 * b + k]! * shareB;
    }
    let hint = this.hints[shareB === 1 ? b : a]!;
    if (shareB === 0.5) {
      this.edgeNormal(h);
      hint = this.project(hint);
    }
    const t = mesh.twin[h]!;
    if (!this.canMove(h, h, t, MERGE_TURN_COSINE, longest)) return false;
    if (!this.canMove(t, h, t, MERGE_TURN_COSINE, longest)) return false;
    mesh.collapseEdge(h);
    mesh.positions.set(place, 3 * a);
    this.hints[a] = hint;
    return true;
  }

  /**
   * Whether the start of `first` may move to `place` without turning its faces too far or making an edge too long;
   * the faces of half-edges h and t, which go away, are left out (-1 for none).
   */
  private canMove(first: number, h: number, t: number, turnCosine: number, longest: number): boolean {
    const { mesh, place } = this;
    const { positions } = mesh;
    const v = 3 * mesh.start[first]!;
    const goneH = h < 0 ? -1 : Math.floor(h / 3);
    const goneT = t < 0 ? -1 : Math.floor(t / 3);
    let e = first;
    do {
      const face = Math.floor(e / 3);
      if (face !== goneH && face !== goneT) {
        const b = 3 * mesh.start[nextHalfEdge(e)]!;
        const c = 3 * mesh.start[previousHalfEdge(e)]!;
        const bx = positions[b]!;
        const by = positions[b + 1]!;
        const bz = positions[b + 2]!;
        const wx = positions[c]! - bx;
        const wy = positions[c + 1]! - by;
        const wz = positions[c + 2]! - bz;
        const ox = positions[v]! - bx;
        const oy = positions[v + 1]! - by;
        const oz = positions[v + 2]! - bz;
        const px = place[0]! - bx;
        const py = place[1]! - by;
        const pz = place[2]! - bz;
        if (px * px + py * py + pz * pz > longest) return false;
        const oldX = wy * oz - wz * oy;
        const oldY = wz * ox - wx * oz;
        const oldZ = wx * oy - wy * ox;
        const newX = wy * pz - wz * py;
        const newY = wz * px - wx * pz;
        const newZ = wx * py - wy * px;
        const oldSize = Math.sqrt(oldX * oldX + oldY * oldY + oldZ * oldZ);
        const newSize = Math.sqrt(newX * newX + newY * newY + newZ * newZ);
        const base = wx * wx + wy * wy + wz * wz;
        // A new face thinner than a hundredth of its base is none.
        if (newSize < 0.01 * base) return false;
        if (oldX * newX + oldY * newY + oldZ * newZ < turnCosine * oldSize * newSize) return false;
      }
      e = mesh.around(e);
    } while (e !== first);
    return true;
  }

  /** Flips edges whose opposite angles add up to more than half a turn, unless the surface bends there. */
  private flipEdges(): void {
    const { mesh, normal, otherNormal } = this;
    for (let h = 0; h < mesh.halfEdgeCount; h++) {
      const t = mesh.twin[h]!;
      if (t < h || !this.isEdge(h) || !this.isDelaunayViolated(h, t)) continue;
      const a = mesh.start[h]!;
      const b = mesh.start[t]!;
      const c = mesh.start[previousHalfEdge(h)]!;
      const d = mesh.start[previousHalfEdge(t)]!;
      this.faceNormal(a, b, c, normal);
      this.faceNormal(b, a, d, otherNormal);
      if (dot(normal, otherNormal) < CREASE_COSINE) continue;
      this.faceNormal(a, d, c, normal);
      this.faceNormal(b, c, d, otherNormal);
      if (dot(normal, otherNormal) < CREASE_COSINE) continue;
      if (mesh.valence(a) <= 3 || mesh.valence(b) <= 3 || !mesh.canFlip(h)) continue;
      mesh.flipEdge(h);
    }
  }

  /** Whether the cotangents of the two angles opposite an edge add up to less than nothing. */
  private isDelaunayViolated(h: number, t: number): boolean {
    const { mesh } = this;
    const base = mesh.squaredLength(h);
    let sum = 0;
    for (let side = 0; side < 2; side++) {
      const e = side === 0 ? h : t;
      const u = mesh.squaredLength(nextHalfEdge(e));
      const v = mesh.squaredLength(previousHalfEdge(e));
      // Twice the dot product over four times the area, by Heron's formula.
      const sixteenAreaSquared = 4 * u * v - (u + v - base) ** 2;
      sum += (u + v - base) / Math.sqrt(Math.max(sixteenAreaSquared, 1e-12 * u * v));
    }
    return sum < -1e-3;
  }

  /** Moves every vertex that holds no sharp edge along the surface towards the middle of its neighbours. */
  private relax(): void {
    const { mesh, place, normal } = this;
    const { positions } = mesh;
    for (let v = 0; v < mesh.vertexCount; v++) {
      const first = mesh.outgoing[v]!;
      if (first < 0 || this.isSharp(v)) continue;
      let [x, y, z, count] = [0, 0, 0, 0];
      let h = first;
      do {
        const at = 3 * mesh.end(h);
        x += positions[at]!;
        y += positions[at + 1]!;
        z += positions[at + 2]!;
        count++;
        h = mesh.around(h);
      } while (h !== first);
      // isSharp has left the vertex normal.
      const dx = x / count - positions[3 * v]!;
      const dy = y / count - positions[3 * v + 1]!;
      const dz = z / count - positions[3 * v + 2]!;
      const away = dx * normal[0]! + dy * normal[1]! + dz * normal[2]!;
      place[0] = positions[3 * v]! + RELAX_STEP * (dx - away * normal[0]!);
      place[1] = positions[3 * v + 1]! + RELAX_STEP * (dy - away * normal[1]!);
      place[2] = positions[3 * v + 2]! + RELAX_STEP * (dz - away * normal[2]!);
      const hint = this.project(this.hints[v]!);
      if (!this.canMove(first, -1, -1, MOVE_TURN_COSINE, Number.POSITIVE_INFINITY)) continue;
      positions.set(place, 3 * v);
      this.hints[v] = hint;
    }
  }

  /**
   * Moves `place` to the nearest point of the surface, unless that looks away from `normal` (the other side of a thin
   * part) or is farther than an edge.
   * @returns the face of the surface there, or the hint
   */
  private project(hint: number): number {
    const { found, place, normal, surface } = this;
    if (!surface.closestPoint(place[0]!, place[1]!, place[2]!, this.aimedLength, found, hint)) return hint;
    if (surface.dotFaceNormal(found.face, normal[0]!, normal[1]!, normal[2]!) <= 0) return hint;
    place[0] = found.x;
    place[1] = found.y;
    place[2] = found.z;
    return found.face;
  }

  /** Whether a face around a vertex leans far from the mean; leaves the mean, by area, in `normal`. */
  private isSharp(vertex: number): boolean {
    const { mesh, normal, otherNormal } = this;
    const first = mesh.outgoing[vertex]!;
    normal.fill(0);
    let h = first;
    do {
      const size = this.faceNormal(vertex, mesh.end(h), mesh.start[previousHalfEdge(h)]!, otherNormal);
      for (let k = 0; k < 3; k++) normal[k]! += size * otherNormal[k]!;
      h = mesh.around(h);
    } while (h !== first);
    normalise(normal);
    do {
      this.faceNormal(vertex, mesh.end(h), mesh.start[previousHalfEdge(h)]!, otherNormal);
      if (dot(normal, otherNormal) < SHARP_COSINE) return true;
      h = mesh.around(h);
    } while (h !== first);
    return false;
  }

  /** Leaves the mean normal of the two faces of an edge in `normal`. */
  private edgeNormal(h: number): void {
    const { mesh, normal, otherNormal } = this;
    const t = mesh.twin[h]!;
    this.faceNormal(mesh.start[h]!, mesh.start[t]!, mesh.start[previousHalfEdge(h)]!, normal);
    this.faceNormal(mesh.start[t]!, mesh.start[h]!, mesh.start[previousHalfEdge(t)]!, otherNormal);
    for (let k = 0; k < 3; k++) normal[k]! += otherNormal[k]!;
    normalise(normal);
  }

  /** Writes the unit normal of three vertices and returns twice their area; zeros where they span none. */
  private faceNormal(a: number, b: number, c: number, out: Float64Array): number {
    const { positions } = this.mesh;
    const ax = positions[3 * a]!;
    const ay = positions[3 * a + 1]!;
    const az = positions[3 * a + 2]!;
    const ux = positions[3 * b]! - ax;
    const uy = positions[3 * b + 1]! - ay;
    const uz = positions[3 * b + 2]! - az;
    const vx = positions[3 * c]! - ax;
    const vy = positions[3 * c + 1]! - ay;
    const vz = positions[3 * c + 2]! - az;
    out[0] = uy * vz - uz * vy;
    out[1] = uz * vx - ux * vz;
    out[2] = ux * vy - uy * vx;
    return normalise(out);
  }

  private area(): number {
    const { mesh, normal } = this;
    let doubled = 0;
    for (let h = 0; h < mesh.halfEdgeCount; h += 3) {
      doubled += this.faceNormal(mesh.start[h]!, mesh.start[h + 1]!, mesh.start[h + 2]!, normal);
    }
    return doubled / 2;
  }

  /** One half-edge of every edge, the shortest first. */
  private edgesByLength(): Uint32Array {
    const { mesh } = this;
    const edges = new Uint32Array(mesh.halfEdgeCount / 2);
    const lengths = new Float32Array(edges.length);
    let count = 0;
    for (let h = 0; h < mesh.halfEdgeCount; h++) {
      if (!this.isEdge(h) || mesh.twin[h]! < h) continue;
      lengths[count] = mesh.squaredLength(h);
      edges[count++] = h;
    }
    // The bits of positive floats sort like the numbers.
    const order = radixSortOrder(new Uint32Array(lengths.buffer, 0, count), 32);
    return order.map((i) => edges[i]!);
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  return a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
}

/** Returns the length it had; leaves zeros as they are. */
function normalise(vector: Float64Array): number {
  const length = Math.sqrt(dot(vector, vector));
  if (length > 0) for (let k = 0; k < 3; k++) vector[k]! /= length;
  return length;
}
