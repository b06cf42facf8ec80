import { compactMesh } from './compact-mesh.ts';
import type { Mesh } from './mesh.ts';
import { UnionFind } from './union-find.ts';

export interface FloaterOptions {
  /** A part goes if its area is below this share of the largest part's area and its volume below `minVolumeShare`. */
  minAreaShare: number;
  minVolumeShare: number;
  /** Drops the walls of closed hollows (parts of negative volume), which nothing outside can see. */
  removeCavities: boolean;
}

/**
 * Specks of a few cells fall below both shares at 192 cells. A ball of 3 % of the main part's size is about the
 * smallest part that stays; a thin pole or sheet of little volume stays for its area.
 */
export const FLOATER_DEFAULTS: FloaterOptions = { minAreaShare: 1e-3, minVolumeShare: 1e-4, removeCavities: true };

/**
 * Drops tiny separate parts, and hollows on demand. Parts are sets of faces that share vertices.
 * @param mesh closed and wound outward; only positions and indices are used
 */
export function removeFloaters(
  mesh: Pick<Mesh, 'positions' | 'indices'>,
  options: Partial<FloaterOptions> = {},
): { mesh: Mesh; removedParts: number; removedCavities: number } {
  const { minAreaShare, minVolumeShare, removeCavities } = { ...FLOATER_DEFAULTS, ...options };
  const { positions, indices } = mesh;
  const vertexCount = positions.length / 3;
  const parts = new UnionFind(vertexCount);
  for (let f = 0; f < indices.length; f += 3) {
    parts.union(indices[f]!, indices[f + 1]!);
    parts.union(indices[f]!, indices[f + 2]!);
  }

  // Per part, at its representative vertex.
  const area = new Float64Array(vertexCount);
  const volume = new Float64Array(vertexCount);
  const faces = new Uint32Array(vertexCount);
  for (let f = 0; f < indices.length; f += 3) {
    const part = parts.find(indices[f]!);
    const a = 3 * indices[f]!;
    const b = 3 * indices[f + 1]!;
    const c = 3 * indices[f + 2]!;
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
    area[part]! += Math.sqrt(nx * nx + ny * ny + nz * nz) / 2;
    volume[part]! += (ax * nx + ay * ny + az * nz) / 6;
    faces[part]!++;
  }

  let [largestArea, largestVolume] = [0, 0];
  for (let v = 0; v < vertexCount; v++) {
    largestArea = Math.max(largestArea, area[v]!);
    largestVolume = Math.max(largestVolume, volume[v]!);
  }
  const isDropped = new Uint8Array(vertexCount);
  let [removedParts, removedCavities] = [0, 0];
  for (let v = 0; v < vertexCount; v++) {
    if (faces[v] === 0) continue;
    if (removeCavities && volume[v]! < 0) {
      isDropped[v] = 1;
      removedCavities++;
    } else if (area[v]! < minAreaShare * largestArea && Math.abs(volume[v]!) < minVolumeShare * largestVolume) {
      isDropped[v] = 1;
      removedParts++;
    }
  }
  if (removedParts + removedCavities === 0)
    return { mesh: compactMesh({ positions, indices }), removedParts, removedCavities };

  const kept = new Uint32Array(indices.length);
  let count = 0;
  for (let f = 0; f < indices.length; f += 3) {
    if (isDropped[parts.find(indices[f]!)]) continue;
    kept[count++] = indices[f]!;
    kept[count++] = indices[f + 1]!;
    kept[count++] = indices[f + 2]!;
  }
  return { mesh: compactMesh({ positions, indices: kept.slice(0, count) }), removedParts, removedCavities };
}
