import type { Mesh } from './mesh.ts';
import { MORTON_BITS, sortByMortonCode } from './morton-order.ts';

/** A place on the surface; reused by the caller between queries. */
export interface SurfacePoint {
  /** Triangle number, -1 where nothing was found. */
  face: number;
  x: number;
  y: number;
  z: number;
  /** To the query point, or along the ray in units of its direction's length. */
  distance: number;
  /** Barycentric weights of the second and third corner; the first has 1 - v - w. */
  v: number;
  w: number;
}

export function createSurfacePoint(): SurfacePoint {
  return { face: -1, x: 0, y: 0, z: 0, distance: Number.POSITIVE_INFINITY, v: 0, w: 0 };
}

/** Most triangles in a leaf. */
const LEAF_SIZE = 4;

/**
 * A bounding volume hierarchy over the triangles of a mesh. The triangles are sorted by Morton code and each node is
 * split where the highest differing bit of its codes changes, that is at the middle of a cell of space (Lauterbach et
 * al. 2009). Median splits gave the same queries for five times the building time.
 *
 * The mesh is copied. Queries share scratch memory: one at a time.
 */
export class TriangleBvh {
  /** Triangle numbers in tree order, and the place of each triangle in it. */
  private readonly order: Uint32Array;
  private readonly placeOfFace: Uint32Array;
  /** The corners, nine numbers per triangle, in tree order: a leaf is read from one place in memory. */
  private readonly corners: Float32Array;
  /** Lower xyz and upper xyz per node. Nodes are in depth-first order: the left child follows its parent. */
  private readonly bounds: Float32Array;
  /** The right child of an inner node; for a leaf -1 - its first place. */
  private readonly link: Int32Array;
  /** Triangles of a leaf. */
  private readonly leafSize: Uint8Array;
  private readonly stackNode = new Int32Array(64);
  private readonly stackDistance = new Float64Array(64);
  private readonly scratch = createSurfacePoint();

  constructor(mesh: Pick<Mesh, 'positions' | 'indices'>) {
    const { order, codes } = sortByMortonCode(mesh);
    const faceCount = order.length;
    this.order = order;
    this.placeOfFace = new Uint32Array(faceCount);
    this.corners = new Float32Array(9 * faceCount);
    for (let place = 0; place < faceCount; place++) {
      const face = order[place]!;
      this.placeOfFace[face] = place;
      for (let corner = 0; corner < 3; corner++) {
        const from = 3 * mesh.indices[3 * face + corner]!;
        const to = 9 * place + 3 * corner;
        this.corners[to] = mesh.positions[from]!;
        this.corners[to + 1] = mesh.positions[from + 1]!;
        this.corners[to + 2] = mesh.positions[from + 2]!;
      }
    }
    // A tree whose leaves hold one triangle at least has fewer than twice as many nodes.
    const nodeLimit = Math.max(1, 2 * faceCount - 1);
    this.link = new Int32Array(nodeLimit);
    this.leafSize = new Uint8Array(nodeLimit);
    const nodeCount = this.buildNodes(codes, 0, faceCount, 3 * MORTON_BITS - 1, 0);
    this.bounds = new Float32Array(6 * nodeCount);
    this.fillBounds(nodeCount);
  }

  /**
   * The nearest point of the surface within `maxDistance` of (x, y, z).
   * @param out receives the point; its face is -1 where nothing is that near
   * @param hintFace a triangle that is likely near, such as the last answer for a neighbouring query; -1 for none
   * @returns whether there is one
   */
  closestPoint(x: number, y: number, z: number, maxDistance: number, out: SurfacePoint, hintFace = -1): boolean {
    const { bounds, link, leafSize, stackNode, stackDistance } = this;
    out.face = -1;
    // Distances are squared until the end.
    out.distance = maxDistance * maxDistance;
    if (hintFace >= 0) this.tryTriangle(this.placeOfFace[hintFace]!, x, y, z, out);
    let top = 0;
    let node = 0;
    for (;;) {
      const right = link[node]!;
      if (right < 0) {
        const start = -1 - right;
        const end = start + leafSize[node]!;
        for (let place = start; place < end; place++) this.tryTriangle(place, x, y, z, out);
      } else {
        const left = node + 1;
        const leftDistance = squaredDistanceToBox(bounds, 6 * left, x, y, z);
        const rightDistance = squaredDistanceToBox(bounds, 6 * right, x, y, z);
        const isLeftNearer = leftDistance <= rightDistance;
        const nearDistance = isLeftNearer ? leftDistance : rightDistance;
        const farDistance = isLeftNearer ? rightDistance : leftDistance;
        if (farDistance < out.distance) {
          stackNode[top] = isLeftNearer ? right : left;
          stackDistance[top++] = farDistance;
        }
        if (nearDistance < out.distance) {
          node = isLeftNearer ? left : right;
          continue;
        }
      }
      do {
        if (top === 0) {
          out.distance = out.face < 0 ? Number.POSITIVE_INFINITY : Math.sqrt(out.distance);
          return out.face >= 0;
        }
        top--;
      } while (stackDistance[top]! >= out.distance);
      node = stackNode[top]!;
    }
  }

  /**
   * The nearest points of many queries; queries in spatial order are fastest.
   * @param points xyz per query, length 3n
   * @param faces receives the triangle per query, -1 where none is within `maxDistance`
   * @param nearest receives xyz per query; the query point itself where there is none
   * @param weights receives, if given, the barycentric weights of the second and third corner, length 2n
   */
  closestPoints(
    points: Float32Array,
    maxDistance: number,
    faces: Int32Array,
    nearest: Float32Array,
    weights?: Float32Array,
  ): void {
    const found = createSurfacePoint();
    for (let i = 0; i < faces.length; i++) {
      const [x, y, z] = [points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!];
      const isFound = this.closestPoint(x, y, z, maxDistance, found, found.face);
      faces[i] = found.face;
      nearest[3 * i] = isFound ? found.x : x;
      nearest[3 * i + 1] = isFound ? found.y : y;
      nearest[3 * i + 2] = isFound ? found.z : z;
      if (weights) {
        weights[2 * i] = isFound ? found.v : 0;
        weights[2 * i + 1] = isFound ? found.w : 0;
      }
    }
  }

  /**
   * The first triangle that a ray meets, from either side, at a distance above 0 (Moeller and Trumbore 1997).
   * @param maxDistance in units of the direction's length
   * @returns whether there is one; `out.face` is -1 otherwise
   */
  raycast(
    ox: number,
    oy: number,
    oz: number,
    dx: number,
    dy: number,
    dz: number,
    maxDistance: number,
    out: SurfacePoint,
  ): boolean {
    const { bounds, link, leafSize, stackNode } = this;
    const [ix, iy, iz] = [1 / dx, 1 / dy, 1 / dz];
    out.face = -1;
    out.distance = maxDistance;
    stackNode[0] = 0;
    for (let top = 1; top > 0; ) {
      const node = stackNode[--top]!;
      if (!isBoxHit(bounds, 6 * node, ox, oy, oz, ix, iy, iz, out.distance)) continue;
      const right = link[node]!;
      if (right >= 0) {
        stackNode[top++] = right;
        stackNode[top++] = node + 1;
        continue;
      }
      const start = -1 - right;
      const end = start + leafSize[node]!;
      for (let place = start; place < end; place++) this.tryRay(place, ox, oy, oz, dx, dy, dz, out);
    }
    if (out.face < 0) {
      out.distance = Number.POSITIVE_INFINITY;
      return false;
    }
    out.x = ox + dx * out.distance;
    out.y = oy + dy * out.distance;
    out.z = oz + dz * out.distance;
    return true;
  }

  /** The dot product of a direction with the unit normal of a triangle; 0 for one without area. */
  dotFaceNormal(face: number, x: number, y: number, z: number): number {
    const { corners } = this;
    const a = 9 * this.placeOfFace[face]!;
    const ux = corners[a + 3]! - corners[a]!;
    const uy = corners[a + 4]! - corners[a + 1]!;
    const uz = corners[a + 5]! - corners[a + 2]!;
    const vx = corners[a + 6]! - corners[a]!;
    const vy = corners[a + 7]! - corners[a + 1]!;
    const vz = corners[a + 8]! - corners[a + 2]!;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
    return length > 0 ? (nx * x + ny * y + nz * z) / length : 0;
  }

  /** Numbers the nodes over places `start` to `end`, from `node` on; returns the number after the last. */
  private buildNodes(codes: Uint32Array, start: number, end: number, highestBit: number, node: number): number {
    if (end - start <= LEAF_SIZE) {
      this.link[node] = -1 - start;
      this.leafSize[node] = end - start;
      return node + 1;
    }
    let bit = highestBit;
    while (bit >= 0 && ((codes[start]! ^ codes[end - 1]!) & (1 << bit)) === 0) bit--;
    // Centres in one cell of the code are split by number.
    let middle = (start + end) >> 1;
    if (bit >= 0) {
      // The first place whose code has the bit.
      let low = start;
      let high = end - 1;
      while (low < high) {
        middle = (low + high) >> 1;
        if (codes[middle]! & (1 << bit)) high = middle;
        else low = middle + 1;
      }
      middle = low;
    }
    const right = this.buildNodes(codes, start, middle, bit - 1, node + 1);
    this.link[node] = right;
    return this.buildNodes(codes, middle, end, bit - 1, right);
  }

  private fillBounds(nodeCount: number): void {
    const { bounds, corners, link, leafSize } = this;
    // Children come after their parents.
    for (let node = nodeCount - 1; node >= 0; node--) {
      const at = 6 * node;
      const right = link[node]!;
      for (let k = 0; k < 3; k++) {
        let lower = Number.POSITIVE_INFINITY;
        let upper = Number.NEGATIVE_INFINITY;
        if (right < 0) {
          const end = 9 * (-1 - right + leafSize[node]!);
          for (let i = 9 * (-1 - right) + k; i < end; i += 3) {
            const value = corners[i]!;
            if (value < lower) lower = value;
            if (value > upper) upper = value;
          }
        } else {
          lower = Math.min(bounds[at + 6 + k]!, bounds[6 * right + k]!);
          upper = Math.max(bounds[at + 9 + k]!, bounds[6 * right + 3 + k]!);
        }
        bounds[at + k] = lower;
        bounds[at + 3 + k] = upper;
      }
    }
  }

  private tryTriangle(place: number, x: number, y: number, z: number, out: SurfacePoint): void {
    const { scratch } = this;
    closestPointOnTriangle(this.corners, 9 * place, x, y, z, scratch);
    // Also refuses the NaN of a triangle without area, whose points its neighbours share.
    if (!(scratch.distance < out.distance)) return;
    out.face = this.order[place]!;
    out.x = scratch.x;
    out.y = scratch.y;
    out.z = scratch.z;
    out.distance = scratch.distance;
    out.v = scratch.v;
    out.w = scratch.w;
  }

  private tryRay(
    place: number,
    ox: number,
    oy: number,
    oz: number,
    dx: number,
    dy: number,
    dz: number,
    out: SurfacePoint,
  ): void {
    const { corners } = this;
    const a = 9 * place;
    const ax = corners[a]!;
    const ay = corners[a + 1]!;
    const az = corners[a + 2]!;
    const ux = corners[a + 3]! - ax;
    const uy = corners[a + 4]! - ay;
    const uz = corners[a + 5]! - az;
    const vx = corners[a + 6]! - ax;
    const vy = corners[a + 7]! - ay;
    const vz = corners[a + 8]! - az;
    const px = dy * vz - dz * vy;
    const py = dz * vx - dx * vz;
    const pz = dx * vy - dy * vx;
    const determinant = ux * px + uy * py + uz * pz;
    if (determinant === 0) return;
    const sx = ox - ax;
    const sy = oy - ay;
    const sz = oz - az;
    const v = (sx * px + sy * py + sz * pz) / determinant;
    if (!(v >= 0 && v <= 1)) return;
    const qx = sy * uz - sz * uy;
    const qy = sz * ux - sx * uz;
    const qz = sx * uy - sy * ux;
    const w = (dx * qx + dy * qy + dz * qz) / determinant;
    if (!(w >= 0 && v + w <= 1)) return;
    const distance = (vx * qx + vy * qy + vz * qz) / determinant;
    if (!(distance > 0 && distance < out.distance)) return;
    out.face = this.order[place]!;
    out.distance = distance;
    out.v = v;
    out.w = w;
  }
}

/** Infinite for the empty box of a leaf without triangles. */
function squaredDistanceToBox(bounds: Float32Array, at: number, x: number, y: number, z: number): number {
  const dx = Math.max(bounds[at]! - x, 0, x - bounds[at + 3]!);
  const dy = Math.max(bounds[at + 1]! - y, 0, y - bounds[at + 4]!);
  const dz = Math.max(bounds[at + 2]! - z, 0, z - bounds[at + 5]!);
  return dx * dx + dy * dy + dz * dz;
}

function isBoxHit(
  bounds: Float32Array,
  at: number,
  ox: number,
  oy: number,
  oz: number,
  ix: number,
  iy: number,
  iz: number,
  maxDistance: number,
): boolean {
  let near = 0;
  let far = maxDistance;
  for (let k = 0; k < 3; k++) {
    const origin = k === 0 ? ox : k === 1 ? oy : oz;
    const inverse = k === 0 ? ix : k === 1 ? iy : iz;
    const lower = bounds[at + k]! - origin;
    const upper = bounds[at + 3 + k]! - origin;
    if (!Number.isFinite(inverse)) {
      // Parallel to the slab; 0 * infinity would be NaN.
      if (!(lower <= 0 && upper >= 0)) return false;
      continue;
    }
    near = Math.max(near, Math.min(lower * inverse, upper * inverse));
    far = Math.min(far, Math.max(lower * inverse, upper * inverse));
  }
  // Widened by a few roundings, so that a flat box is not missed.
  return near <= far * (1 + 1e-12) && bounds[at]! <= bounds[at + 3]!;
}

/**
 * Ericson, Real-Time Collision Detection, 5.1.5; the corners stand at `corners[a]`. `out.distance` is squared and
 * `out.face` is left alone.
 */
function closestPointOnTriangle(
  corners: Float32Array,
  a: number,
  x: number,
  y: number,
  z: number,
  out: SurfacePoint,
): void {
  const ax = corners[a]!;
  const ay = corners[a + 1]!;
  const az = corners[a + 2]!;
  const ux = corners[a + 3]! - ax;
  const uy = corners[a + 4]! - ay;
  const uz = corners[a + 5]! - az;
  const vx = corners[a + 6]! - ax;
  const vy = corners[a + 7]! - ay;
  const vz = corners[a + 8]! - az;
  const px = x - ax;
  const py = y - ay;
  const pz = z - az;
  const uu = ux * ux + uy * uy + uz * uz;
  const uv = ux * vx + uy * vy + uz * vz;
  const vv = vx * vx + vy * vy + vz * vz;
  const d1 = ux * px + uy * py + uz * pz;
  const d2 = vx * px + vy * py + vz * pz;
  const d3 = d1 - uu;
  const d4 = d2 - uv;
  const d5 = d1 - uv;
  const d6 = d2 - vv;
  const areaC = d1 * d4 - d3 * d2;
  const areaB = d5 * d2 - d1 * d6;
  const areaA = d3 * d6 - d5 * d4;
  let v = 0;
  let w = 0;
  if (d1 <= 0 && d2 <= 0) {
    v = 0;
  } else if (d3 >= 0 && d4 <= d3) {
    v = 1;
  } else if (d6 >= 0 && d5 <= d6) {
    w = 1;
  } else if (areaC <= 0 && d1 >= 0 && d3 <= 0) {
    v = d1 / (d1 - d3);
  } else if (areaB <= 0 && d2 >= 0 && d6 <= 0) {
    w = d2 / (d2 - d6);
  } else if (areaA <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
    w = (d4 - d3) / (d4 - d3 + (d5 - d6));
    v = 1 - w;
  } else {
    const scale = 1 / (areaA + areaB + areaC);
    v = areaB * scale;
    w = areaC * scale;
  }
  out.v = v;
  out.w = w;
  out.x = ax + ux * v + vx * w;
  out.y = ay + uy * v + vy * w;
  out.z = az + uz * v + vz * w;
  const dx = out.x - x;
  const dy = out.y - y;
  const dz = out.z - z;
  out.distance = dx * dx + dy * dy + dz * dz;
}
