import type { Mesh } from './mesh.ts';
import { radixSortOrder } from './radix-sort-order.ts';

/** Bits per axis of a Morton code. */
export const MORTON_BITS = 10;

export interface MortonOrder {
  /** Triangle numbers by ascending code. */
  order: Uint32Array;
  /** Code per place in the order: bits of x, y and z taken in turns, the highest first. */
  codes: Uint32Array;
}

/** Orders the triangles of a mesh along a space-filling curve through their centres, in a cube around the mesh. */
export function sortByMortonCode({ positions, indices }: Pick<Mesh, 'positions' | 'indices'>): MortonOrder {
  const lower = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const upper = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < positions.length; i++) {
    const k = i % 3;
    lower[k] = Math.min(lower[k]!, positions[i]!);
    upper[k] = Math.max(upper[k]!, positions[i]!);
  }
  const extent = Math.max(upper[0]! - lower[0]!, upper[1]! - lower[1]!, upper[2]! - lower[2]!);
  // Just below the number of cells, so that the uppermost point stays in the last one.
  const scale = extent > 0 ? ((1 << MORTON_BITS) * (1 - 1e-6)) / extent / 3 : 0;

  const faceCount = indices.length / 3;
  const codeOfFace = new Uint32Array(faceCount);
  for (let f = 0; f < faceCount; f++) {
    const a = 3 * indices[3 * f]!;
    const b = 3 * indices[3 * f + 1]!;
    const c = 3 * indices[3 * f + 2]!;
    const x = positions[a]! + positions[b]! + positions[c]! - 3 * lower[0]!;
    const y = positions[a + 1]! + positions[b + 1]! + positions[c + 1]! - 3 * lower[1]!;
    const z = positions[a + 2]! + positions[b + 2]! + positions[c + 2]! - 3 * lower[2]!;
    codeOfFace[f] = (spreadBits(x * scale) << 2) | (spreadBits(y * scale) << 1) | spreadBits(z * scale);
  }
  const order = radixSortOrder(codeOfFace, 3 * MORTON_BITS);
  const codes = new Uint32Array(faceCount);
  for (let place = 0; place < faceCount; place++) codes[place] = codeOfFace[order[place]!]!;
  return { order, codes };
}

/** Puts two zero bits between the ten low bits of a number. */
function spreadBits(value: number): number {
  let bits = value & 0x3ff;
  bits = (bits | (bits << 16)) & 0x030000ff;
  bits = (bits | (bits << 8)) & 0x0300f00f;
  bits = (bits | (bits << 4)) & 0x030c30c3;
  return (bits | (bits << 2)) & 0x09249249;
}
