import { type LengthUnit, METRES_PER_UNIT, type UpAxis } from '../../../src/protocol/options.ts';
import type { Mesh } from '../../geometry/mesh.ts';

/**
 * The mesh in the axes and unit of a file. With `z` up it is turned about the x axis, so that it faces -Y: the front
 * view of programs whose up is +Z.
 * @param mesh in metres, +Y up, facing +Z
 * @returns a copy with its own positions and normals
 */
export function orientMesh<M extends Mesh & { normals: Float32Array }>(
  mesh: M,
  { up, unit }: { up: UpAxis; unit: LengthUnit },
): M {
  const scale = unit === 'm' ? 1 : 1 / METRES_PER_UNIT[unit];
  return { ...mesh, positions: turn(mesh.positions, up, scale), normals: turn(mesh.normals, up, 1) };
}

function turn(vectors: Float32Array, up: UpAxis, scale: number): Float32Array {
  const turned = vectors.map((value) => value * scale);
  if (up === 'y') return turned;
  for (let i = 0; i < turned.length; i += 3) {
    const y = turned[i + 1]!;
    turned[i + 1] = -turned[i + 2]!;
    turned[i + 2] = y;
  }
  return turned;
}
