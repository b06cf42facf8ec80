import type { Mesh } from '../geometry/mesh.ts';

/** Vertices of a mesh with those at one position joined, and their neighbours along edges. */
export interface SurfaceGraph {
  nodeCount: number;
  /** Node of every mesh vertex. */
  nodeOfVertex: Uint32Array;
  /** One mesh vertex of every node. */
  vertexOfNode: Uint32Array;
  /** Neighbours of node n: `neighbors[offsets[n]] .. neighbors[offsets[n + 1] - 1]`. */
  offsets: Uint32Array;
  neighbors: Uint32Array;
  /** Strength of each link: the mean edge over its length, times how level it lies. */
  strengths: Float32Array;
}

/**
 * Strength of a vertical link relative to a level one. Belts, stripes and hems run around a thing that stands upright:
 * colour is carried on around it rather than up and down (+0.1 dB on unseen backs, and bands stay bands).
 */
const VERTICAL_STRENGTH = 0.02;

/** Joins the copies of a vertex on both sides of a UV seam, so that colour flows over the surface as if uncut. */
export function buildSurfaceGraph(mesh: Pick<Mesh, 'positions' | 'indices'>): SurfaceGraph {
  const { positions, indices } = mesh;
  const { nodeOfVertex, vertexOfNode } = joinPositions(positions);
  const nodeCount = vertexOfNode.length;

  // directed edges by counting sort; duplicates from the second triangle of an edge are dropped below
  const counts = new Uint32Array(nodeCount + 1);
  for (let f = 0; f < indices.length; f += 3) {
    for (let k = 0; k < 3; k++) counts[nodeOfVertex[indices[f + k]!]! + 1]! += 2;
  }
  for (let n = 0; n < nodeCount; n++) counts[n + 1]! += counts[n]!;
  const fill = counts.slice(0, nodeCount);
  const all = new Uint32Array(counts[nodeCount]!);
  for (let f = 0; f < indices.length; f += 3) {
    for (let k = 0; k < 3; k++) {
      const node = nodeOfVertex[indices[f + k]!]!;
      all[fill[node]!++] = nodeOfVertex[indices[f + ((k + 1) % 3)]!]!;
      all[fill[node]!++] = nodeOfVertex[indices[f + ((k + 2) % 3)]!]!;
    }
  }

  const offsets = new Uint32Array(nodeCount + 1);
  const neighbors = new Uint32Array(all.length);
  let used = 0;
  for (let n = 0; n < nodeCount; n++) {
    offsets[n] = used;
    for (let k = counts[n]!; k < counts[n + 1]!; k++) {
      const other = all[k]!;
      if (other === n) continue;
      let known = false;
      for (let j = offsets[n]!; j < used && !known; j++) known = neighbors[j] === other;
      if (!known) neighbors[used++] = other;
    }
  }
  offsets[nodeCount] = used;

  const lengths = new Float32Array(used);
  const strengths = new Float32Array(used);
  let total = 0;
  for (let n = 0; n < nodeCount; n++) {
    const a = 3 * vertexOfNode[n]!;
    for (let k = offsets[n]!; k < offsets[n + 1]!; k++) {
      const b = 3 * vertexOfNode[neighbors[k]!]!;
      const dx = positions[a]! - positions[b]!;
      const dy = positions[a + 1]! - positions[b + 1]!;
      const dz = positions[a + 2]! - positions[b + 2]!;
      const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
      const level = length > 0 ? (dx * dx + dz * dz) / (length * length) : 1;
      total += length;
      lengths[k] = length;
      strengths[k] = VERTICAL_STRENGTH + (1 - VERTICAL_STRENGTH) * level * level;
    }
  }
  const mean = used > 0 ? total / used : 1;
  // an edge much shorter than the rest would freeze its two ends together
  for (let k = 0; k < used; k++) strengths[k]! *= mean / Math.max(lengths[k]!, 0.1 * mean, 1e-12);
  return { nodeCount, nodeOfVertex, vertexOfNode, offsets, neighbors: neighbors.slice(0, used), strengths };
}

/** Joins vertices whose coordinates are equal, by an open hash table. */
function joinPositions(positions: Float32Array): { nodeOfVertex: Uint32Array; vertexOfNode: Uint32Array } {
  const count = positions.length / 3;
  const bits = new Uint32Array(positions.buffer, positions.byteOffset, positions.length);
  let capacity = 16;
  while (capacity < 2 * count) capacity *= 2;
  const slots = new Int32Array(capacity).fill(-1);
  const nodeOfVertex = new Uint32Array(count);
  const vertexOfNode = new Uint32Array(count);
  let nodes = 0;
  for (let v = 0; v < count; v++) {
    const o = 3 * v;
    let hash = Math.imul(bits[o]!, 73856093) ^ Math.imul(bits[o + 1]!, 19349663) ^ Math.imul(bits[o + 2]!, 83492791);
    hash ^= hash >>> 15;
    let slot = hash & (capacity - 1);
    for (;;) {
      const node = slots[slot]!;
      if (node < 0) {
        slots[slot] = nodes;
        vertexOfNode[nodes] = v;
        nodeOfVertex[v] = nodes++;
        break;
      }
      const w = 3 * vertexOfNode[node]!;
      if (
        positions[w] === positions[o] &&
        positions[w + 1] === positions[o + 1] &&
        positions[w + 2] === positions[o + 2]
      ) {
        nodeOfVertex[v] = node;
        break;
      }
      slot = (slot + 1) & (capacity - 1);
    }
  }
  return { nodeOfVertex, vertexOfNode: vertexOfNode.slice(0, nodes) };
}
