/**
 * Rasterises a mesh in its UV space: which point of the surface every texel shows.
 * Row 0 is v = 0, column 0 is u = 0 (glTF); texel (i, j) is sampled at its centre.
 */
import { AppError } from '../../src/errors.ts';
import type { Mesh } from '../geometry/mesh.ts';
import { rasterizeScreen } from './rasterize.ts';

/** Surface point per texel of a square texture, or of a band of its rows. */
export interface TexelGeometry {
  size: number;
  /** The rows that are held; texel (x, y) stands at x + size * (y - firstRow). */
  firstRow: number;
  rowCount: number;
  /** Triangle index, -1 where the texel shows no surface. */
  faceId: Int32Array;
  /** Weights of the triangle's second and third corner, two per texel. */
  barycentrics: Float32Array;
  /** Texels whose centre lies in a triangle; the others with a face are margin. */
  coveredCount: number;
}

/** Distance in texels from a triangle to the centres that it claims beyond its border: bilinear sampling reads these. */
const DEFAULT_MARGIN_TEXELS = 1;

/**
 * Maps texels to surface points. Texels within `marginTexels` of a triangle whose centre no triangle covers take
 * the nearest point of the nearest triangle, so that sampling near a chart's border reads the surface's own values
 * and charts thinner than a texel are not lost. Overlapping charts resolve to the lower face index.
 * @throws {AppError} `texture.bad_shape` where the mesh has no uvs
 */
export function rasterizeUv(
  mesh: Pick<Mesh, 'positions' | 'indices' | 'uvs'>,
  size: number,
  marginTexels = DEFAULT_MARGIN_TEXELS,
  firstRow = 0,
  rowCount = size - firstRow,
): TexelGeometry {
  const { uvs, indices } = mesh;
  if (uvs === undefined || uvs.length / 2 !== mesh.positions.length / 3) {
    throw new AppError(
      'texture.bad_shape',
      `expected a mesh with ${mesh.positions.length / 3} uvs, got ${uvs === undefined ? 'none' : uvs.length / 2}; unwrap it first`,
    );
  }
  const screen = new Float64Array((uvs.length / 2) * 3);
  for (let i = 0; i < uvs.length / 2; i++) {
    screen[3 * i] = uvs[2 * i]! * size;
    screen[3 * i + 1] = uvs[2 * i + 1]! * size - firstRow;
  }
  const { faceId, barycentrics } = rasterizeScreen(screen, indices, size, rowCount);
  let coveredCount = 0;
  for (let i = 0; i < faceId.length; i++) if (faceId[i]! >= 0) coveredCount++;
  if (marginTexels > 0) addMargin(screen, indices, size, rowCount, marginTexels, faceId, barycentrics);
  return { size, firstRow, rowCount, faceId, barycentrics, coveredCount };
}

/** Gives every free texel near a triangle the nearest surface point within `margin` texels of its centre. */
function addMargin(
  screen: Float64Array,
  indices: Uint32Array,
  width: number,
  height: number,
  margin: number,
  faceId: Int32Array,
  barycentrics: Float32Array,
): void {
  // squared distance of the margin texels claimed so far, in 1/255 of the largest; 255 is free, 0 is covered
  const claimed = new Uint8Array(width * height);
  for (let i = 0; i < claimed.length; i++) claimed[i] = faceId[i]! < 0 ? 255 : 0;
  const unit = 254 / (margin * margin);

  for (let face = 0; face < indices.length / 3; face++) {
    const a = indices[3 * face]! * 3;
    const b = indices[3 * face + 1]! * 3;
    const c = indices[3 * face + 2]! * 3;
    const ax = screen[a]!;
    const ay = screen[a + 1]!;
    const bx = screen[b]!;
    const by = screen[b + 1]!;
    const cx = screen[c]!;
    const cy = screen[c + 1]!;
    const minX = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - margin - 0.5));
    const maxX = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) + margin - 0.5));
    const minY = Math.max(0, Math.ceil(Math.min(ay, by, cy) - margin - 0.5));
    const maxY = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) + margin - 0.5));
    for (let y = minY; y <= maxY; y++) {
      for (let x = minX; x <= maxX; x++) {
        const texel = y * width + x;
        const held = claimed[texel]!;
        if (held === 0) continue;
        const px = x + 0.5;
        const py = y + 0.5;
        // nearest point on the three edges: an uncovered centre is outside of the triangle
        let best = Infinity;
        let weightB = 0;
        let weightC = 0;
        const tab = closestOnSegment(px, py, ax, ay, bx, by);
        let dx = ax + tab * (bx - ax) - px;
        let dy = ay + tab * (by - ay) - py;
        let d = dx * dx + dy * dy;
        if (d < best) {
          best = d;
          weightB = tab;
          weightC = 0;
        }
        const tbc = closestOnSegment(px, py, bx, by, cx, cy);
        dx = bx + tbc * (cx - bx) - px;
        dy = by + tbc * (cy - by) - py;
        d = dx * dx + dy * dy;
        if (d < best) {
          best = d;
          weightB = 1 - tbc;
          weightC = tbc;
        }
        const tca = closestOnSegment(px, py, cx, cy, ax, ay);
        dx = cx + tca * (ax - cx) - px;
        dy = cy + tca * (ay - cy) - py;
        d = dx * dx + dy * dy;
        if (d < best) {
          best = d;
          weightB = 0;
          weightC = 1 - tca;
        }
        const level = 1 + Math.floor(best * unit);
        if (level >= held) continue;
        claimed[texel] = level;
        faceId[texel] = face;
        barycentrics[2 * texel] = weightB;
        barycentrics[2 * texel + 1] = weightC;
      }
    }
  }
}

/** Texels of a band: bounds the memory of large textures at 13 bytes each. */
const BAND_TEXELS = 1 << 20;

/** Visits a texture in bands of rows from the top, each with its own surface points. */
export function forEachTexelBand(
  mesh: Pick<Mesh, 'positions' | 'indices' | 'uvs'>,
  size: number,
  visit: (texels: TexelGeometry) => void,
): void {
  const rows = Math.max(1, Math.floor(BAND_TEXELS / size));
  for (let row = 0; row < size; row += rows) {
    visit(rasterizeUv(mesh, size, DEFAULT_MARGIN_TEXELS, row, Math.min(rows, size - row)));
  }
}

/** Parameter in [0, 1] of the point of segment a-b that is nearest to p. */
function closestOnSegment(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const lengthSquared = dx * dx + dy * dy;
  if (!(lengthSquared > 0)) return 0;
  const t = ((px - ax) * dx + (py - ay) * dy) / lengthSquared;
  return Math.min(1, Math.max(0, t));
}

/**
 * Interpolates a per-vertex attribute at a texel.
 * @param attribute `components` values per vertex
 * @param out receives `components` values
 */
export function interpolateAtTexel(
  texels: TexelGeometry,
  texel: number,
  indices: Uint32Array,
  attribute: Float32Array,
  components: number,
  out: Float32Array | Float64Array | number[],
): void {
  const face = texels.faceId[texel]!;
  const wb = texels.barycentrics[2 * texel]!;
  const wc = texels.barycentrics[2 * texel + 1]!;
  const wa = 1 - wb - wc;
  const a = indices[3 * face]! * components;
  const b = indices[3 * face + 1]! * components;
  const c = indices[3 * face + 2]! * components;
  for (let k = 0; k < components; k++) {
    out[k] = wa * attribute[a + k]! + wb * attribute[b + k]! + wc * attribute[c + k]!;
  }
}
