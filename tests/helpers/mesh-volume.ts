import type { Mesh } from '../../workers/geometry/mesh.ts';

/** Signed volume of a closed mesh by the divergence theorem; positive where faces look outwards. */
export function meshVolume({ positions: p, indices }: Pick<Mesh, 'positions' | 'indices'>): number {
  let six = 0;
  for (let i = 0; i < indices.length; i += 3) {
    const [a, b, c] = [3 * indices[i]!, 3 * indices[i + 1]!, 3 * indices[i + 2]!];
    six += p[a]! * (p[b + 1]! * p[c + 2]! - p[b + 2]! * p[c + 1]!);
    six += p[a + 1]! * (p[b + 2]! * p[c]! - p[b]! * p[c + 2]!);
    six += p[a + 2]! * (p[b]! * p[c + 1]! - p[b + 1]! * p[c]!);
  }
  return six / 6;
}
