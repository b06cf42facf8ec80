import { compactMesh } from './compact-mesh.ts';
import type { Mesh } from './mesh.ts';

/**
 * Joins vertices at exactly one place (-0 equals 0) and drops unused ones; the first of each place stays. Faces that
 * lose a corner stay, with a repeated index. Normals and uvs are dropped: they may differ between joined vertices.
 *
 * Open addressing over the bits of the coordinates; a map of strings took thirty times as long.
 */
export function weldVertices(mesh: Pick<Mesh, 'positions' | 'indices'>): Mesh {
  const positions = mesh.positions.map((value) => value + 0);
  const bits = new Uint32Array(positions.buffer);
  const vertexCount = positions.length / 3;
  let capacity = 16;
  while (capacity < 2 * vertexCount) capacity *= 2;
  const slots = new Int32Array(capacity).fill(-1);
  const first = new Uint32Array(vertexCount);
  for (let v = 0; v < vertexCount; v++) {
    const [x, y, z] = [bits[3 * v]!, bits[3 * v + 1]!, bits[3 * v + 2]!];
    // Large odd factors; the high bits of a product depend on all bits, so they are folded down.
    let hash = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca6b) ^ Math.imul(z, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & (capacity - 1);
    let found = slots[slot]!;
    while (found >= 0 && (bits[3 * found] !== x || bits[3 * found + 1] !== y || bits[3 * found + 2] !== z)) {
      slot = (slot + 1) & (capacity - 1);
      found = slots[slot]!;
    }
    if (found < 0) {
      slots[slot] = v;
      found = v;
    }
    first[v] = found;
  }
  return compactMesh({ positions, indices: mesh.indices.map((v) => first[v]!) });
}
