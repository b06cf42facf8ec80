import { nextHalfEdge, pairHalfEdges, previousHalfEdge } from './half-edges.ts';
import type { Mesh } from './mesh.ts';

/**
 * A closed manifold that can be edited edge by edge. Every operation keeps it a closed manifold, and refuses where it
 * could not: collapses obey the link condition, flips make no second edge between two vertices.
 *
 * Half-edge h runs from vertex `start[h]` to `start[nextHalfEdge(h)]`; face f has half-edges 3f to 3f + 2. Removed
 * faces have `start` -1, removed vertices `outgoing` -1.
 */
export class EditableMesh {
  positions: Float64Array;
  start: Int32Array;
  twin: Int32Array;
  /** Some half-edge that starts at each vertex. */
  outgoing: Int32Array;
  /** Slots in use, removed ones included. */
  vertexCount: number;
  halfEdgeCount: number;
  /** Faces that are not removed. */
  faceCount: number;
  private readonly mark: { values: Uint32Array; current: number };

  /**
   * @param mesh a closed manifold with consistent winding
   * @param twin the pairs of its half-edges, where they are known already
   */
  constructor(mesh: Pick<Mesh, 'positions' | 'indices'>, twin?: Int32Array) {
    this.vertexCount = mesh.positions.length / 3;
    this.halfEdgeCount = mesh.indices.length;
    this.faceCount = mesh.indices.length / 3;
    this.positions = Float64Array.from(mesh.positions);
    this.start = Int32Array.from(mesh.indices);
    this.twin = twin?.slice() ?? pairHalfEdges(mesh.indices, this.vertexCount).twin;
    this.outgoing = new Int32Array(this.vertexCount).fill(-1);
    for (let h = 0; h < this.halfEdgeCount; h++) {
      if (this.twin[h]! < 0) throw new Error('editable mesh: expected a closed manifold, got an edge without a pair');
      this.outgoing[this.start[h]!] = h;
    }
    this.mark = { values: new Uint32Array(this.vertexCount), current: 0 };
  }

  /** The vertex at the end of a half-edge. */
  end(h: number): number {
    return this.start[nextHalfEdge(h)]!;
  }

  /** The next half-edge that starts at the same vertex, around it. */
  around(h: number): number {
    return this.twin[previousHalfEdge(h)]!;
  }

  valence(vertex: number): number {
    const first = this.outgoing[vertex]!;
    let count = 0;
    let h = first;
    do {
      count++;
      h = this.around(h);
    } while (h !== first);
    return count;
  }

  hasEdge(a: number, b: number): boolean {
    const first = this.outgoing[a]!;
    let h = first;
    do {
      if (this.end(h) === b) return true;
      h = this.around(h);
    } while (h !== first);
    return false;
  }

  squaredLength(h: number): number {
    const a = 3 * this.start[h]!;
    const b = 3 * this.end(h);
    const dx = this.positions[a]! - this.positions[b]!;
    const dy = this.positions[a + 1]! - this.positions[b + 1]!;
    const dz = this.positions[a + 2]! - this.positions[b + 2]!;
    return dx * dx + dy * dy + dz * dz;
  }

  /** Puts a vertex on the edge of h and cuts its two faces; returns the vertex. h then ends there. */
  splitEdge(h: number, x: number, y: number, z: number): number {
    this.reserve();
    const { start, twin, outgoing, positions } = this;
    const t = twin[h]!;
    const [hNext, tPrevious] = [nextHalfEdge(h), previousHalfEdge(t)];
    const [b, c, d] = [start[hNext]!, start[previousHalfEdge(h)]!, start[tPrevious]!];
    const [beyondNext, beyondPrevious] = [twin[hNext]!, twin[tPrevious]!];
    const vertex = this.vertexCount++;
    positions[3 * vertex] = x;
    positions[3 * vertex + 1] = y;
    positions[3 * vertex + 2] = z;
    // Face (a, b, c) becomes (a, m, c) and (m, b, c); face (b, a, d) becomes (m, a, d) and (b, m, d).
    const n = this.halfEdgeCount;
    const k = n + 3;
    this.halfEdgeCount += 6;
    this.faceCount += 2;
    start[hNext] = vertex;
    start[t] = vertex;
    start[n] = vertex;
    start[n + 1] = b;
    start[n + 2] = c;
    start[k] = b;
    start[k + 1] = vertex;
    start[k + 2] = d;
    this.pair(n, k);
    this.pair(hNext, n + 2);
    this.pair(n + 1, beyondNext);
    this.pair(tPrevious, k + 1);
    this.pair(k + 2, beyondPrevious);
    outgoing[vertex] = n;
    outgoing[b] = n + 1;
    outgoing[d] = k + 2;
    return vertex;
  }

  /** Whether the other diagonal of the two faces of h is not an edge yet. */
  canFlip(h: number): boolean {
    const t = this.twin[h]!;
    const c = this.start[previousHalfEdge(h)]!;
    const d = this.start[previousHalfEdge(t)]!;
    return c !== d && !this.hasEdge(c, d);
  }

  /** Replaces the edge of h by the other diagonal of its two faces; only after `canFlip`. */
  flipEdge(h: number): void {
    const { start, twin, outgoing } = this;
    const t = twin[h]!;
    const [hNext, hPrevious] = [nextHalfEdge(h), previousHalfEdge(h)];
    const [tNext, tPrevious] = [nextHalfEdge(t), previousHalfEdge(t)];
    const [beyondH, beyondT] = [twin[tNext]!, twin[hNext]!];
    // Faces (a, b, c) and (b, a, d) become (a, d, c) and (b, c, d).
    outgoing[start[h]!] = h;
    outgoing[start[t]!] = t;
    start[hNext] = start[tPrevious]!;
    start[tNext] = start[hPrevious]!;
    outgoing[start[hPrevious]!] = hPrevious;
    outgoing[start[tPrevious]!] = tPrevious;
    this.pair(h, beyondH);
    this.pair(t, beyondT);
    this.pair(hNext, tNext);
  }

  /** The link condition: the ends of h have no common neighbours but the two opposite h, which lose a face each. */
  canCollapse(h: number): boolean {
    const { mark } = this;
    const t = this.twin[h]!;
    if (this.valence(this.start[previousHalfEdge(h)]!) <= 3 || this.valence(this.start[previousHalfEdge(t)]!) <= 3) {
      return false;
    }
    if (++mark.current > 0xffff_fff0) {
      mark.values.fill(0);
      mark.current = 1;
    }
    let e = h;
    do {
      mark.values[this.end(e)] = mark.current;
      e = this.around(e);
    } while (e !== h);
    let common = 0;
    e = t;
    do {
      if (mark.values[this.end(e)] === mark.current) common++;
      e = this.around(e);
    } while (e !== t);
    return common === 2;
  }

  /** Pulls the end of h to its start, which does not move; only after `canCollapse`. */
  collapseEdge(h: number): void {
    const { start, twin, outgoing } = this;
    const t = twin[h]!;
    const [hNext, hPrevious] = [nextHalfEdge(h), previousHalfEdge(h)];
    const [tNext, tPrevious] = [nextHalfEdge(t), previousHalfEdge(t)];
    const [a, b, c, d] = [start[h]!, start[t]!, start[hPrevious]!, start[tPrevious]!];
    let e = t;
    do {
      start[e] = a;
      e = this.around(e);
    } while (e !== t);
    const [towardB, fromA] = [twin[hNext]!, twin[hPrevious]!];
    const [towardA, fromB] = [twin[tNext]!, twin[tPrevious]!];
    this.pair(towardB, fromA);
    this.pair(towardA, fromB);
    outgoing[a] = fromA;
    outgoing[b] = -1;
    outgoing[c] = towardB;
    outgoing[d] = towardA;
    for (const removed of [h, hNext, hPrevious, t, tNext, tPrevious]) start[removed] = -1;
    this.faceCount -= 2;
  }

  /** The faces that are left, with vertices numbered anew in their order. */
  toMesh(): Mesh {
    const target = new Int32Array(this.vertexCount);
    let vertices = 0;
    for (let v = 0; v < this.vertexCount; v++) if (this.outgoing[v]! >= 0) target[v] = vertices++;
    const positions = new Float32Array(3 * vertices);
    for (let v = 0; v < this.vertexCount; v++) {
      if (this.outgoing[v]! < 0) continue;
      for (let k = 0; k < 3; k++) positions[3 * target[v]! + k] = this.positions[3 * v + k]!;
    }
    const indices = new Uint32Array(3 * this.faceCount);
    let count = 0;
    for (let h = 0; h < this.halfEdgeCount; h++) if (this.start[h]! >= 0) indices[count++] = target[this.start[h]!]!;
    return { positions, indices };
  }

  private pair(h: number, t: number): void {
    this.twin[h] = t;
    this.twin[t] = h;
  }

  /** Makes room for one split. */
  private reserve(): void {
    if (this.vertexCount + 1 > this.outgoing.length) {
      const capacity = 2 * this.outgoing.length;
      this.positions = grow(this.positions, new Float64Array(3 * capacity));
      this.outgoing = grow(this.outgoing, new Int32Array(capacity).fill(-1));
      this.mark.values = grow(this.mark.values, new Uint32Array(capacity));
    }
    if (this.halfEdgeCount + 6 > this.start.length) {
      const capacity = 2 * this.start.length;
      this.start = grow(this.start, new Int32Array(capacity).fill(-1));
      this.twin = grow(this.twin, new Int32Array(capacity));
    }
  }
}

function grow<T extends Float64Array | Int32Array | Uint32Array>(source: T, target: T): T {
  target.set(source);
  return target;
}
