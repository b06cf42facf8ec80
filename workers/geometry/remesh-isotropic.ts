import { createSurfacePoint, type TriangleBvh } from './closest-point.ts';
import { EditableMesh } from './editable-mesh.ts';
import { nextHalfEdge, previousHalfEdge } from './half-edges.ts';
import type { Mesh } from './mesh.ts';
import { radixSortOrder } from './radix-sort-order.ts';

export interface RemeshOptions {
  /** Triangles to reach; the result has a few less at most, or more where bends forbid it. */
  targetFaces: number;
  /** Per face of the surface, how long edges may be there at most, in world units (`computeChordLengths`). */
  chordLengths?: Float32Array;
  /** Rounds of splitting, merging, flipping and relaxing. */
  rounds?: number;
  /** Called with the share that is done. */
  onProgress?: (fraction: number) => void;
}

/** Edges are split above and merged below these multiples of the aimed length (Botsch and Kobbelt 2004). */
const SPLIT_ABOVE = 4 / 3;
const MERGE_BELOW = 4 / 5;
/** Bends are cut into edges of no less than this share of those on flat parts. */
const MIN_LENGTH_SHARE = 0.5;
/** A merge may turn no face by more than 25 degrees: bends stay finer than flat parts. */
const MERGE_TURN_COSINE = Math.cos((25 * Math.PI) / 180);
/** Edges between faces that meet at more than 30 degrees are creases: they are not flipped, their vertices stay on them. */
const CREASE_COSINE = Math.cos((30 * Math.PI) / 180);
/** Moves may turn no face by more than 60 degrees. */
const MOVE_TURN_COSINE = 0.5;
/** The direction of a face means nothing where twice its area is below this share of its longest side squared. */
const THIN_SHARE = 0.02;
/** No merge or move makes a face thinner than this, in the same measure. */
const MIN_SHAPE = 0.1;
/** How a vertex may move: along the surface, along its crease, or not at all. */
const FREE = 0;
const CREASE = 1;
const CORNER = 2;
/** Share of the way to the middle of the neighbours per relaxation. */
const RELAX_STEP = 0.7;

/**
 * Evens out the triangles of a surface: splits long edges, merges short ones, flips edges to the Delaunay condition,
 * and moves vertices along the surface towards the middle of their neighbours, in the end back onto the original
 * surface (Botsch and Kobbelt, A Remeshing Approach to Multiresolution Modeling, 2004).
 *
 * Every operation keeps a closed manifold of the same genus. Vertices on creases stay on them, tips do not move.
 * @param mesh a closed manifold near the surface
 * @param surface the original, which new and moved vertices come to lie on
 */
export function remeshIsotropic(
  mesh: Pick<Mesh, 'positions' | 'indices'>,
  surface: TriangleBvh,
  options: RemeshOptions,
): Mesh {
  const { targetFaces, chordLengths, rounds = 3, onProgress } = options;
  if (mesh.indices.length === 0) return { positions: mesh.positions.slice(), indices: mesh.indices.slice() };
  const remesher = new IsotropicRemesher(mesh, surface, targetFaces, chordLengths);
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
  private readonly thirdNormal = new Float64Array(3);
  private readonly creaseEnds = new Int32Array(2);
  private cornerSize = 0;
  /** A face of the surface near each vertex. */
  private hints: Int32Array;
  private aimedLength: number;

  constructor(
    mesh: Pick<Mesh, 'positions' | 'indices'>,
    private readonly surface: TriangleBvh,
    private readonly targetFaces: number,
    private readonly chordLengths: Float32Array | undefined,
  ) {
    this.mesh = new EditableMesh(mesh);
    this.hints = new Int32Array(this.mesh.vertexCount).fill(-1);
    this.surface.closestPoints(mesh.positions, Number.POSITIVE_INFINITY, this.hints, mesh.positions.slice());
    // Equilateral triangles of the mean area.
    this.aimedLength = Math.sqrt((4 * this.area()) / (Math.sqrt(3) * targetFaces));
  }

  toMesh(): Mesh {
    return this.mesh.toMesh();
  }

  runRound(): void {
    this.splitLongEdges();
    this.mergeShortEdges();
    this.removeThinFaces();
    this.flipEdges();
    this.relax(false);
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
      // What the usual limit forbids is allowed where nothing else is left.
      const turnCosine = attempt < 2 ? MERGE_TURN_COSINE : MOVE_TURN_COSINE;
      let left = Math.ceil(Math.abs(excess) / 2);
      if (excess > 0) {
        for (let i = 0; i < order.length && left > 0; i++) {
          const h = order[i]!;
          if (this.isEdge(h) && this.tryMerge(h, Number.POSITIVE_INFINITY, turnCosine)) left--;
        }
      } else {
        left = Math.floor(-excess / 2);
        for (let i = order.length - 1; i >= 0 && left > 0; i--, left--) this.split(order[i]!);
      }
      this.flipEdges();
      this.relax(false);
    }
    this.relax(true);
    this.flipEdges();
    this.relax(true);
    this.removeThinFaces();
  }

  private splitLongEdges(): void {
    const { mesh } = this;
    const count = mesh.halfEdgeCount;
    for (let h = 0; h < count; h++) {
      if (!this.isEdge(h) || mesh.twin[h]! < h) continue;
      if (mesh.squaredLength(h) > (SPLIT_ABOVE * this.lengthAlong(h)) ** 2) this.split(h);
    }
  }

  private mergeShortEdges(): void {
    const { mesh } = this;
    for (let h = 0; h < mesh.halfEdgeCount; h++) {
      if (!this.isEdge(h) || mesh.twin[h]! < h) continue;
      const length = this.lengthAlong(h);
      if (mesh.squaredLength(h) < (MERGE_BELOW * length) ** 2)
        this.tryMerge(h, (SPLIT_ABOVE * length) ** 2, MERGE_TURN_COSINE);
    }
  }

  /** The length that an edge should have, by the bends of the surface at its ends. */
  private lengthAlong(h: number): number {
    const { aimedLength, chordLengths, hints, mesh } = this;
    if (!chordLengths) return aimedLength;
    const chord = Math.min(chordLengths[hints[mesh.start[h]!]!]!, chordLengths[hints[mesh.end(h)]!]!);
    return Math.max(MIN_LENGTH_SHARE * aimedLength, Math.min(aimedLength, chord));
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
  private tryMerge(h: number, longest: number, turnCosine: number): boolean {
    const { mesh, place } = this;
    if (!mesh.canCollapse(h)) return false;
    const a = mesh.start[h]!;
    const b = mesh.end(h);
    const kindA = this.classify(a);
    const kindB = this.classify(b);
    const shareB = kindA === kindB ? 0.5 : kindB > kindA ? 1 : 0;
    for (let k = 0; k < 3; k++) {
      place[k] = mesh.positions[3 * a + k]! * (1 - shareB) + mesh.positions[3 * b + k]! * shareB;
    }
    const t = mesh.twin[h]!;
    if (!this.canMove(h, h, t, turnCosine, longest)) return false;
    if (!this.canMove(t, h, t, turnCosine, longest)) return false;
    if (shareB === 1) this.hints[a] = this.hints[b]!;
    mesh.collapseEdge(h);
    mesh.positions.set(place, 3 * a);
    return true;
  }

  /**
   * Whether the start of `first` may move to `place` without turning its faces too far or making an edge too long;
   * the faces of half-edges h and t, which go away, are left out (-1 for none). Faces too thin to have a direction are
   * compared with `normal`.
   */
  private canMove(first: number, h: number, t: number, turnCosine: number, longest: number): boolean {
    const { mesh, place, normal } = this;
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
        const side = Math.max(wx * wx + wy * wy + wz * wz, px * px + py * py + pz * pz);
        // A face may be thin only if it was thinner before.
        if (newSize < MIN_SHAPE * side && newSize < 0.99 * oldSize) return false;
        const oldSide = Math.max(wx * wx + wy * wy + wz * wz, ox * ox + oy * oy + oz * oz);
        if (oldSize < THIN_SHARE * oldSide) {
          if (newX * normal[0]! + newY * normal[1]! + newZ * normal[2]! < turnCosine * newSize) return false;
        } else if (oldX * newX + oldY * newY + oldZ * newZ < turnCosine * oldSize * newSize) {
          return false;
        }
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
      const base = THIN_SHARE * mesh.squaredLength(h);
      const isThin = this.faceNormal(a, b, c, normal) < base || this.faceNormal(b, a, d, otherNormal) < base;
      if (!isThin && dot(normal, otherNormal) < CREASE_COSINE) continue;
      this.faceNormal(a, d, c, normal);
      this.faceNormal(b, c, d, otherNormal);
      if (dot(normal, otherNormal) < CREASE_COSINE) continue;
      if (mesh.valence(a) <= 3 || mesh.valence(b) <= 3 || !mesh.canFlip(h)) continue;
      mesh.flipEdge(h);
    }
  }

  /**
   * Thin faces have no direction of their own, so that creases do not hold them: their longest edge is flipped, where
   * both new faces are better, or their shortest edge is merged.
   */
  private removeThinFaces(): void {
    const { mesh, normal } = this;
    for (let face = 0; face < mesh.halfEdgeCount; face += 3) {
      if (!this.isEdge(face)) continue;
      let longest = face;
      let shortest = face;
      for (let h = face + 1; h < face + 3; h++) {
        if (mesh.squaredLength(h) > mesh.squaredLength(longest)) longest = h;
        if (mesh.squaredLength(h) < mesh.squaredLength(shortest)) shortest = h;
      }
      const limit = THIN_SHARE * mesh.squaredLength(longest);
      const size = this.faceNormal(mesh.start[face]!, mesh.start[face + 1]!, mesh.start[face + 2]!, normal);
      if (size >= limit) continue;
      const twin = mesh.twin[longest]!;
      const a = mesh.start[longest]!;
      const b = mesh.start[twin]!;
      const c = mesh.start[previousHalfEdge(longest)]!;
      const d = mesh.start[previousHalfEdge(twin)]!;
      const isBetter = this.faceNormal(a, d, c, normal) > 2 * limit && this.faceNormal(b, c, d, normal) > 2 * limit;
      if (isBetter && mesh.valence(a) > 3 && mesh.valence(b) > 3 && mesh.canFlip(longest)) mesh.flipEdge(longest);
      else this.tryMerge(shortest, Number.POSITIVE_INFINITY, MOVE_TURN_COSINE);
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

  /**
   * Moves vertices towards the middle of their neighbours, in the tangent plane, or on a crease of its two next ones.
   * Going back to the surface costs most of the time, so only the last relaxations do; until then the drift is small.
   */
  private relax(isProjected: boolean): void {
    const { mesh, place } = this;
    for (let v = 0; v < mesh.vertexCount; v++) {
      const first = mesh.outgoing[v]!;
      if (first < 0) continue;
      const kind = this.classify(v);
      if (kind === CORNER) continue;
      if (kind === CREASE) this.placeOnCrease(v);
      else this.placeAmongNeighbours(v);
      const hint = isProjected ? this.project(this.hints[v]!) : this.hints[v]!;
      if (!this.canMove(first, -1, -1, MOVE_TURN_COSINE, Number.POSITIVE_INFINITY)) continue;
      mesh.positions.set(place, 3 * v);
      this.hints[v] = hint;
    }
  }

  /** Sets `place`; across `normal` it stays where it is. */
  private placeAmongNeighbours(v: number): void {
    const { mesh, place, normal } = this;
    const { positions } = mesh;
    const first = mesh.outgoing[v]!;
    let x = 0;
    let y = 0;
    let z = 0;
    let count = 0;
    let h = first;
    do {
      const at = 3 * mesh.end(h);
      x += positions[at]!;
      y += positions[at + 1]!;
      z += positions[at + 2]!;
      count++;
      h = mesh.around(h);
    } while (h !== first);
    const dx = x / count - positions[3 * v]!;
    const dy = y / count - positions[3 * v + 1]!;
    const dz = z / count - positions[3 * v + 2]!;
    const away = dx * normal[0]! + dy * normal[1]! + dz * normal[2]!;
    place[0] = positions[3 * v]! + RELAX_STEP * (dx - away * normal[0]!);
    place[1] = positions[3 * v + 1]! + RELAX_STEP * (dy - away * normal[1]!);
    place[2] = positions[3 * v + 2]! + RELAX_STEP * (dz - away * normal[2]!);
  }

  /** Sets `place`, moving along the line between the two neighbours on the crease. */
  private placeOnCrease(v: number): void {
    const { place } = this;
    const { positions } = this.mesh;
    const a = 3 * this.creaseEnds[0]!;
    const b = 3 * this.creaseEnds[1]!;
    let along = 0;
    let squaredLength = 0;
    for (let k = 0; k < 3; k++) {
      const direction = positions[b + k]! - positions[a + k]!;
      along += ((positions[a + k]! + positions[b + k]!) / 2 - positions[3 * v + k]!) * direction;
      squaredLength += direction * direction;
    }
    const step = squaredLength > 0 ? (RELAX_STEP * along) / squaredLength : 0;
    for (let k = 0; k < 3; k++) {
      place[k] = positions[3 * v + k]! + step * (positions[b + k]! - positions[a + k]!);
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

  /**
   * How a vertex may move, by the creases that end at it. Leaves the mean of the face directions, by area, in `normal`
   * and the other ends of the first two creases in `creaseEnds`.
   */
  private classify(vertex: number): number {
    const { mesh, normal, creaseEnds } = this;
    const first = mesh.outgoing[vertex]!;
    let [last, current] = [this.otherNormal, this.thirdNormal];
    let isLastThin = this.cornerNormal(first, last);
    normal.fill(0);
    let creases = 0;
    let h = first;
    do {
      // This edge lies between the face before and its own.
      h = mesh.around(h);
      const isThin = this.cornerNormal(h, current);
      if (!isThin && !isLastThin && dot(last, current) < CREASE_COSINE) {
        if (creases < 2) creaseEnds[creases] = mesh.end(h);
        creases++;
      }
      for (let k = 0; k < 3; k++) normal[k]! += this.cornerSize * current[k]!;
      [last, current] = [current, last];
      isLastThin = isThin;
    } while (h !== first);
    normalise(normal);
    if (creases === 0) return FREE;
    return creases === 2 && this.isStraight(vertex) ? CREASE : CORNER;
  }

  /** Writes the normal of the face of h, leaves twice its area in `cornerSize`; returns whether it is thin. */
  private cornerNormal(h: number, out: Float64Array): boolean {
    const { mesh } = this;
    this.cornerSize = this.faceNormal(mesh.start[h]!, mesh.end(h), mesh.start[previousHalfEdge(h)]!, out);
    const longest = Math.max(mesh.squaredLength(h), mesh.squaredLength(nextHalfEdge(h)));
    return this.cornerSize < THIN_SHARE * longest;
  }

  /** Whether the two creases of a vertex go on in one direction, within 60 degrees. */
  private isStraight(vertex: number): boolean {
    const { positions } = this.mesh;
    const [a, b, v] = [3 * this.creaseEnds[0]!, 3 * this.creaseEnds[1]!, 3 * vertex];
    let product = 0;
    let squaredA = 0;
    let squaredB = 0;
    for (let k = 0; k < 3; k++) {
      const towardA = positions[a + k]! - positions[v + k]!;
      const towardB = positions[b + k]! - positions[v + k]!;
      product += towardA * towardB;
      squaredA += towardA * towardA;
      squaredB += towardB * towardB;
    }
    return product < -0.5 * Math.sqrt(squaredA * squaredB);
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
