import type { Mesh } from '../../workers/geometry/mesh.ts';

export type TexturedMesh = Required<Mesh>;

/** Unit-less latitude-longitude sphere around the origin; its UV square is one chart, poles collapse to its edges. */
export function createUvSphere(radius: number, columns = 64, rows = 32): TexturedMesh {
  const positions: number[] = [];
  const normals: number[] = [];
  const uvs: number[] = [];
  const indices: number[] = [];
  for (let j = 0; j <= rows; j++) {
    const theta = (j / rows) * Math.PI;
    const ring = j === rows ? 0 : Math.sin(theta);
    for (let i = 0; i <= columns; i++) {
      // the seam and the poles meet exactly
      const phi = ((i % columns) / columns) * 2 * Math.PI;
      const n = [ring * Math.sin(phi), Math.cos(theta), ring * Math.cos(phi)];
      normals.push(...n);
      positions.push(...n.map((x) => x * radius));
      uvs.push(0.02 + (0.96 * i) / columns, 0.02 + (0.96 * j) / rows);
    }
  }
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const a = j * (columns + 1) + i;
      const b = a + columns + 1;
      if (j > 0) indices.push(a, b, a + 1);
      if (j < rows - 1) indices.push(a + 1, b, b + 1);
    }
  }
  return toMesh(positions, indices, normals, uvs);
}

/** Directions of a box's six sides: +Z, +X, -Z, -X, +Y, -Y. */
const SIDES: readonly { toward: number[]; right: number[]; up: number[] }[] = [
  { toward: [0, 0, 1], right: [1, 0, 0], up: [0, 1, 0] },
  { toward: [1, 0, 0], right: [0, 0, -1], up: [0, 1, 0] },
  { toward: [0, 0, -1], right: [-1, 0, 0], up: [0, 1, 0] },
  { toward: [-1, 0, 0], right: [0, 0, 1], up: [0, 1, 0] },
  { toward: [0, 1, 0], right: [1, 0, 0], up: [0, 0, -1] },
  { toward: [0, -1, 0], right: [1, 0, 0], up: [0, 0, 1] },
];

/**
 * Box with flat sides, each a square chart of a 3 x 2 atlas (sides in the order +Z, +X, -Z, -X, +Y, -Y).
 * @param steps quads along each edge
 */
export function createUvBox(
  half: readonly [number, number, number] = [1, 1, 1],
  steps = 8,
  center: readonly [number, number, number] = [0, 0, 0],
): TexturedMesh {
  const positions: number[] = [];
  const normals: number[] = [];
  const uvs: number[] = [];
  const indices: number[] = [];
  SIDES.forEach(({ toward, right, up }, side) => {
    const base = positions.length / 3;
    for (let j = 0; j <= steps; j++) {
      for (let i = 0; i <= steps; i++) {
        const s = (2 * i) / steps - 1;
        const t = 1 - (2 * j) / steps;
        for (let k = 0; k < 3; k++) {
          positions.push(center[k]! + half[k]! * (toward[k]! + s * right[k]! + t * up[k]!));
        }
        normals.push(...toward);
        uvs.push(((side % 3) + 0.05 + (0.9 * i) / steps) / 3, (Math.floor(side / 3) + 0.05 + (0.9 * j) / steps) / 2);
      }
    }
    for (let j = 0; j < steps; j++) {
      for (let i = 0; i < steps; i++) {
        const a = base + j * (steps + 1) + i;
        const b = a + steps + 1;
        indices.push(a, b, a + 1, a + 1, b, b + 1);
      }
    }
  });
  return toMesh(positions, indices, normals, uvs);
}

/** Joins meshes; the UV square of part k becomes the k-th of equally wide columns. */
export function joinUvMeshes(parts: readonly TexturedMesh[]): TexturedMesh {
  const positions: number[] = [];
  const normals: number[] = [];
  const uvs: number[] = [];
  const indices: number[] = [];
  parts.forEach((part, k) => {
    const base = positions.length / 3;
    for (const x of part.positions) positions.push(x);
    for (const x of part.normals) normals.push(x);
    for (let i = 0; i < part.uvs.length; i += 2) uvs.push((part.uvs[i]! + k) / parts.length, part.uvs[i + 1]!);
    for (const index of part.indices) indices.push(base + index);
  });
  return toMesh(positions, indices, normals, uvs);
}

function toMesh(positions: number[], indices: number[], normals: number[], uvs: number[]): TexturedMesh {
  return {
    positions: Float32Array.from(positions),
    indices: Uint32Array.from(indices),
    normals: Float32Array.from(normals),
    uvs: Float32Array.from(uvs),
  };
}
