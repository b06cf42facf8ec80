import { AppError } from '../../../src/errors.ts';
import type { Mesh } from '../mesh.ts';

/** Distance in texels by which a sample has to lie within a triangle, so that shared edges do not count twice. */
const INSIDE_MARGIN = 1e-3;

export interface UvMeasure {
  /** Share of the covered samples that more than one face covers. */
  overlap: number;
  /** Share of the unit square that faces cover. */
  coverage: number;
  /** Share of faces with a corner outside the unit square. */
  outside: number;
  /** Share of faces without an area in uv space. */
  collapsed: number;
}

/**
 * Rasterises an atlas at `size` x `size` samples and counts the faces over each. Twice the texture's size finds
 * every overlap that a texture could show.
 * @throws {AppError} `geometry.bad_shape` if the mesh has no uvs
 */
export function measureUv(mesh: Mesh, size: number): UvMeasure {
  const { indices, uvs } = mesh;
  if (uvs === undefined) throw new AppError('geometry.bad_shape', 'measureUv: expected a mesh with uvs, got none');
  const faceCount = indices.length / 3;
  const counts = new Uint8Array(size * size);
  let outside = 0;
  let collapsed = 0;
  for (let f = 0; f < indices.length; f += 3) {
    const ax = uvs[2 * indices[f]!]! * size;
    const ay = uvs[2 * indices[f]! + 1]! * size;
    const bx = uvs[2 * indices[f + 1]!]! * size;
    const by = uvs[2 * indices[f + 1]! + 1]! * size;
    const cx = uvs[2 * indices[f + 2]!]! * size;
    const cy = uvs[2 * indices[f + 2]! + 1]! * size;
    const minX = Math.min(ax, bx, cx);
    const maxX = Math.max(ax, bx, cx);
    const minY = Math.min(ay, by, cy);
    const maxY = Math.max(ay, by, cy);
    if (!(minX >= 0 && minY >= 0 && maxX <= size && maxY <= size)) {
      outside++;
      continue;
    }
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    if (Math.abs(area) < 1e-9) {
      collapsed++;
      continue;
    }
    const s = Math.sign(area);
    const marginAb = INSIDE_MARGIN * Math.hypot(bx - ax, by - ay);
    const marginBc = INSIDE_MARGIN * Math.hypot(cx - bx, cy - by);
    const marginCa = INSIDE_MARGIN * Math.hypot(ax - cx, ay - cy);
    const x0 = Math.max(0, Math.ceil(minX - 0.5));
    const x1 = Math.min(size - 1, Math.floor(maxX - 0.5));
    const y1 = Math.min(size - 1, Math.floor(maxY - 0.5));
    for (let y = Math.max(0, Math.ceil(minY - 0.5)); y <= y1; y++) {
      const py = y + 0.5;
      for (let x = x0; x <= x1; x++) {
        const px = x + 0.5;
        if (s * ((bx - ax) * (py - ay) - (by - ay) * (px - ax)) <= marginAb) continue;
        if (s * ((cx - bx) * (py - by) - (cy - by) * (px - bx)) <= marginBc) continue;
        if (s * ((ax - cx) * (py - cy) - (ay - cy) * (px - cx)) <= marginCa) continue;
        if (counts[y * size + x]! < 2) counts[y * size + x]!++;
      }
    }
  }
  let covered = 0;
  let multiple = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i]! > 0) covered++;
    if (counts[i]! > 1) multiple++;
  }
  return {
    overlap: covered > 0 ? multiple / covered : 0,
    coverage: covered / (size * size),
    outside: outside / Math.max(1, faceCount),
    collapsed: collapsed / Math.max(1, faceCount),
  };
}
