import { nextHalfEdge, pairHalfEdges } from './half-edges.ts';
import type { Mesh } from './mesh.ts';
import { UnionFind } from './union-find.ts';

export interface MeshTopology {
  /** Vertices that a face uses. */
  vertices: number;
  faces: number;
  /** Edges of one face. */
  boundaryEdges: number;
  /** Edges of three or more faces. */
  nonManifoldEdges: number;
  /** Vertices whose faces do not form a single fan. */
  nonManifoldVertices: number;
  /** Every edge has exactly two faces, and there is a face. */
  watertight: boolean;
  /** The two faces of every edge agree about the outside. */
  windingConsistent: boolean;
  /** Parts that share no vertex. */
  components: number;
  /** Vertices - edges + faces. */
  eulerCharacteristic: number;
  /** Handles, summed over the parts; null where the surface is not a closed manifold. */
  genus: number | null;
  /** Faces that repeat a vertex or have no area. */
  degenerateFaces: number;
  /** Signed: positive where the winding is outward. Meaningful for a closed surface. */
  volume: number;
  area: number;
}

/** Measures an indexed mesh as it is connected; vertices at one place but with different indices are not joined. */
export function measureTopology(mesh: Pick<Mesh, 'positions' | 'indices'>): MeshTopology {
  const { indices } = mesh;
  const vertexCount = mesh.positions.length / 3;
  const pairs = pairHalfEdges(indices, vertexCount);
  const fans = countFans(indices, vertexCount, pairs.twin);
  let vertices = 0;
  let nonManifoldVertices = 0;
  for (let v = 0; v < vertexCount; v++) {
    if (fans[v]! > 0) vertices++;
    if (fans[v]! > 1) nonManifoldVertices++;
  }
  const faces = indices.length / 3;
  const components = countParts(indices, vertexCount);
  const watertight = faces > 0 && pairs.boundaryEdges === 0 && pairs.nonManifoldEdges === 0;
  const eulerCharacteristic = vertices - pairs.edges + faces;
  return {
    vertices,
    faces,
    boundaryEdges: pairs.boundaryEdges,
    nonManifoldEdges: pairs.nonManifoldEdges,
    nonManifoldVertices,
    watertight,
    windingConsistent: pairs.flippedEdges === 0,
    components,
    eulerCharacteristic,
    genus: watertight && nonManifoldVertices === 0 ? components - eulerCharacteristic / 2 : null,
    ...measureSize(mesh),
  };
}

/** Sets of faces that share vertices. */
export function countParts(indices: Uint32Array, vertexCount: number): number {
  const parts = new UnionFind(vertexCount);
  const isUsed = new Uint8Array(vertexCount);
  let count = 0;
  for (let i = 0; i < indices.length; i++) {
    const vertex = indices[i]!;
    if (!isUsed[vertex]) {
      isUsed[vertex] = 1;
      count++;
    }
    if (i % 3 !== 0 && parts.union(vertex, indices[i - 1]!)) count--;
  }
  return count;
}

/** Fans per vertex: its corners, less one for each pair of fans that an edge joins; 0 for an unused vertex. */
export function countFans(indices: Uint32Array, vertexCount: number, twin: Int32Array): Uint32Array {
  const fans = new Uint32Array(vertexCount);
  const corners = new UnionFind(indices.length);
  for (let h = 0; h < indices.length; h++) fans[indices[h]!]!++;
  for (let h = 0; h < indices.length; h++) {
    const other = twin[h]!;
    if (other < h) continue;
    const [start, end] = [indices[h]!, indices[nextHalfEdge(h)]!];
    const isOpposed = indices[other] === end;
    if (corners.union(h, isOpposed ? nextHalfEdge(other) : other)) fans[start]!--;
    if (corners.union(nextHalfEdge(h), isOpposed ? other : nextHalfEdge(other))) fans[end]!--;
  }
  return fans;
}

/** Area, signed volume (divergence theorem: a sixth of the triple product per face) and faces without area. */
function measureSize({ positions, indices }: Pick<Mesh, 'positions' | 'indices'>) {
  let [volume, area, degenerateFaces] = [0, 0, 0];
  for (let h = 0; h < indices.length; h += 3) {
    const a = 3 * indices[h]!;
    const b = 3 * indices[h + 1]!;
    const c = 3 * indices[h + 2]!;
    const ax = positions[a]!;
    const ay = positions[a + 1]!;
    const az = positions[a + 2]!;
    const ux = positions[b]! - ax;
    const uy = positions[b + 1]! - ay;
    const uz = positions[b + 2]! - az;
    const vx = positions[c]! - ax;
    const vy = positions[c + 1]! - ay;
    const vz = positions[c + 2]! - az;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    const doubleArea = Math.sqrt(nx * nx + ny * ny + nz * nz);
    if (!(doubleArea > 0)) degenerateFaces++;
    area += doubleArea / 2;
    volume += (ax * nx + ay * ny + az * nz) / 6;
  }
  return { degenerateFaces, volume, area };
}
