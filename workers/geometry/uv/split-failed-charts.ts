import type { ChartSurface } from './chart-surface.ts';
import type { FaceGeometry } from './face-geometry.ts';
import { segmentCharts } from './segment-charts.ts';

/** Below this share of flipped faces only these are cut out. */
const FEW_FLIPS = 0.02;

/** Why charts could not be laid flat; local faces and charts of the surface that was tried. */
export interface ChartFaults {
  /** 1 per chart that failed. */
  failed: Uint8Array;
  /** 1 per flipped face. */
  flipped: Uint8Array;
  /** Two faces that overlap, by chart; empty where a chart overlaps itself in an unknown place. */
  overlaps: ReadonlyMap<number, readonly number[]>;
}

/**
 * Cuts charts that could not be laid flat into smaller ones:
 * - single flipped faces are cut out,
 * - charts with more folds are segmented once more with no fold allowed,
 * - charts that overlap themselves are cut half way between the two faces that lie over each other.
 * Where that leaves a chart whole it is halved across its longest side. Each leaves fewer faces per chart, so
 * repeating ends at single triangles at the latest.
 *
 * @param geometry of the whole mesh
 * @returns part per local face, -1 in charts that did not fail; parts of different charts differ, faces of one part
 *   need not be connected
 */
export function splitFailedCharts(
  positions: Float32Array,
  surface: ChartSurface,
  { failed, flipped, overlaps }: ChartFaults,
  geometry: FaceGeometry,
): Int32Array {
  const { chart, chartCount, chartStart, faces, pair } = surface;
  const part = new Int32Array(faces.length);
  let strict: Int32Array | undefined;
  for (let c = 0; c < chartCount; c++) {
    if (failed[c] === 0) continue;
    const [start, end] = [chartStart[c]!, chartStart[c + 1]!];
    let flips = 0;
    for (let i = start; i < end; i++) flips += flipped[i]!;
    const [a, b] = overlaps.get(c) ?? [];
    if (flips >= FEW_FLIPS * (end - start)) {
      strict ??= segmentCharts(pickFaces(geometry, faces), pair, geometry.totalArea, 'none').chart;
      part.set(strict.subarray(start, end), start);
    } else if (flips > 0) part.set(flipped.subarray(start, end), start);
    else if (a !== undefined && b !== undefined) markNearest(pair, a, b, part);
    if (part.subarray(start, end).every((value) => value === part[start])) halve(positions, surface, c, part);
  }
  const stride = part.reduce((max, value) => Math.max(max, value), 0) + 1;
  for (let i = 0; i < part.length; i++) part[i] = failed[chart[i]!] === 1 ? part[i]! + stride * chart[i]! : -1;
  return part;
}

/** Writes 1 to the faces that are fewer steps from b than from a. */
function markNearest(pair: Int32Array, a: number, b: number, part: Int32Array): void {
  const isReached = new Set([a, b]);
  part[b] = 1;
  // A set is walked in the order of insertion, also over what is added on the way.
  for (const face of isReached) {
    for (let h = 3 * face; h < 3 * face + 3; h++) {
      const other = pair[h]! < 0 ? face : (pair[h]! / 3) | 0;
      if (isReached.has(other)) continue;
      isReached.add(other);
      part[other] = part[face]!;
    }
  }
}

function pickFaces({ normals, areas, lengths }: FaceGeometry, faces: Int32Array): FaceGeometry {
  const picked: FaceGeometry = {
    faceCount: faces.length,
    normals: new Float64Array(3 * faces.length),
    areas: new Float64Array(faces.length),
    lengths: new Float64Array(3 * faces.length),
    totalArea: 0,
  };
  for (let i = 0; i < faces.length; i++) {
    const f = faces[i]!;
    picked.areas[i] = areas[f]!;
    picked.totalArea += areas[f]!;
    for (let k = 0; k < 3; k++) {
      picked.normals[3 * i + k] = normals[3 * f + k]!;
      picked.lengths[3 * i + k] = lengths[3 * f + k]!;
    }
  }
  return picked;
}

/** Writes 0 or 1 per face of chart c: on which side of the middle of the axis of largest extent it lies. */
function halve(positions: Float32Array, surface: ChartSurface, c: number, part: Int32Array): void {
  const { sourceVertex, corners } = surface;
  const start = surface.chartStart[c]!;
  const end = surface.chartStart[c + 1]!;
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  const centre = (i: number, axis: number): number =>
    positions[3 * sourceVertex[corners[3 * i]!]! + axis]! +
    positions[3 * sourceVertex[corners[3 * i + 1]!]! + axis]! +
    positions[3 * sourceVertex[corners[3 * i + 2]!]! + axis]!;
  for (let i = start; i < end; i++) {
    for (let axis = 0; axis < 3; axis++) {
      low[axis] = Math.min(low[axis]!, centre(i, axis));
      high[axis] = Math.max(high[axis]!, centre(i, axis));
    }
  }
  let longest = 0;
  for (let axis = 1; axis < 3; axis++) if (high[axis]! - low[axis]! > high[longest]! - low[longest]!) longest = axis;
  const middle = (low[longest]! + high[longest]!) / 2;
  let upper = 0;
  for (let i = start; i < end; i++) {
    part[i] = centre(i, longest) > middle ? 1 : 0;
    upper += part[i]!;
  }
  if (upper > 0 && upper < end - start) return;
  // All centres coincide: halve by number.
  for (let i = start; i < end; i++) part[i] = i < (start + end) / 2 ? 0 : 1;
}
