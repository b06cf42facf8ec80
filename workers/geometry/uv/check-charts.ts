import { nextHalfEdge } from '../half-edges.ts';
import type { ChartSurface } from './chart-surface.ts';

/** Smallest share of a triangle's area that its flat copy may have. */
const MIN_AREA_RATIO = 0.02;

/**
 * Marks the faces that are flipped or squashed to almost nothing. Faces without an area on the surface are exempt:
 * they cover nothing wherever they lie.
 *
 * @param areas area per face of the whole mesh
 * @param negligibleArea faces up to this area are exempt
 * @returns 1 per bad local face
 */
export function findFlippedFaces(
  surface: ChartSurface,
  uv: Float64Array,
  areas: Float64Array,
  negligibleArea: number,
): Uint8Array {
  const { corners, faces } = surface;
  const flipped = new Uint8Array(faces.length);
  for (let i = 0; i < faces.length; i++) {
    const area = areas[faces[i]!]!;
    if (area <= negligibleArea) continue;
    const a = 2 * corners[3 * i]!;
    const b = 2 * corners[3 * i + 1]!;
    const c = 2 * corners[3 * i + 2]!;
    const flat = ((uv[b]! - uv[a]!) * (uv[c + 1]! - uv[a + 1]!) - (uv[c]! - uv[a]!) * (uv[b + 1]! - uv[a + 1]!)) / 2;
    // Written so that NaN counts as flipped.
    if (!(flat >= MIN_AREA_RATIO * area)) flipped[i] = 1;
  }
  return flipped;
}

/**
 * Proves that a chart without flipped faces does not cover any point twice: its borders are simple, do not cross, and
 * exactly one of them runs counter-clockwise. The number of faces over a point is then the sum of the borders'
 * winding numbers around it, which is at most 1.
 *
 * @returns undefined if chart c is free of overlap, otherwise two local faces whose borders cross, or no faces where
 *   the borders are wrong without crossing
 */
export function findSelfOverlap(surface: ChartSurface, uv: Float64Array, c: number): number[] | undefined {
  const border = chartBorder(surface, c);
  const crossing = findCrossing(surface, uv, border);
  if (crossing !== undefined) return crossing;
  return hasOneOuterLoop(surface, uv, border) ? undefined : [];
}

/** Half-edges of the chart without a pair. */
function chartBorder({ chartStart, pair }: ChartSurface, c: number): number[] {
  const border: number[] = [];
  for (let h = 3 * chartStart[c]!; h < 3 * chartStart[c + 1]!; h++) if (pair[h]! < 0) border.push(h);
  return border;
}

function hasOneOuterLoop({ corners }: ChartSurface, uv: Float64Array, border: readonly number[]): boolean {
  const outgoing = new Map<number, number>();
  for (const h of border) outgoing.set(corners[h]!, h);
  let outer = 0;
  for (const start of border) {
    let twiceArea = 0;
    let from = corners[start]!;
    let h = outgoing.get(from);
    if (h === undefined) continue;
    while (h !== undefined) {
      outgoing.delete(from);
      const to: number = corners[nextHalfEdge(h)]!;
      twiceArea += uv[2 * from]! * uv[2 * to + 1]! - uv[2 * to]! * uv[2 * from + 1]!;
      from = to;
      h = outgoing.get(from);
    }
    if (twiceArea > 0) outer++;
  }
  return outer === 1;
}

/** The faces of two border edges that touch without a common vertex, if there are any; sweeps along u. */
function findCrossing({ corners }: ChartSurface, uv: Float64Array, border: readonly number[]): number[] | undefined {
  const count = border.length;
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  const minU = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    from[i] = corners[border[i]!]!;
    to[i] = corners[nextHalfEdge(border[i]!)]!;
    minU[i] = Math.min(uv[2 * from[i]!]!, uv[2 * to[i]!]!);
  }
  const order = Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => minU[a]! - minU[b]! || a - b);
  for (let i = 0; i < count; i++) {
    const e = order[i]!;
    const a = from[e]!;
    const b = to[e]!;
    const maxU = Math.max(uv[2 * a]!, uv[2 * b]!);
    const minV = Math.min(uv[2 * a + 1]!, uv[2 * b + 1]!);
    const maxV = Math.max(uv[2 * a + 1]!, uv[2 * b + 1]!);
    for (let j = i + 1; j < count; j++) {
      const g = order[j]!;
      if (minU[g]! > maxU) break;
      const c = from[g]!;
      const d = to[g]!;
      if (a === c || a === d || b === c || b === d) continue;
      const cv = uv[2 * c + 1]!;
      const dv = uv[2 * d + 1]!;
      if ((cv < minV && dv < minV) || (cv > maxV && dv > maxV)) continue;
      if (segmentsTouch(uv, a, b, c, d)) return [(border[e]! / 3) | 0, (border[g]! / 3) | 0];
    }
  }
  return undefined;
}

function segmentsTouch(uv: Float64Array, a: number, b: number, c: number, d: number): boolean {
  const abc = side(uv, a, b, c);
  const abd = side(uv, a, b, d);
  const cda = side(uv, c, d, a);
  const cdb = side(uv, c, d, b);
  return (abc > 0 !== abd > 0 || abc === 0 || abd === 0) && (cda > 0 !== cdb > 0 || cda === 0 || cdb === 0);
}

/** Twice the signed area of the triangle (a, b, c). */
function side(uv: Float64Array, a: number, b: number, c: number): number {
  return (
    (uv[2 * b]! - uv[2 * a]!) * (uv[2 * c + 1]! - uv[2 * a + 1]!) -
    (uv[2 * c]! - uv[2 * a]!) * (uv[2 * b + 1]! - uv[2 * a + 1]!)
  );
}
