import { createDistanceLine, NO_FEATURE, transformDistanceLine } from './distance-transform.ts';

/**
 * The 0.5 contour of a coverage picture as line segments of marching squares: `ends` holds x0 y0 x1 y1 per segment
 * in pixels, with pixel (i, j) centred at (i, j); cell (i, j) spans the four pixel centres right and below of
 * pixel (i, j) and owns segments `2 * cell` and `2 * cell + 1`, the first `counts[cell]` of which exist.
 */
interface Contour {
  ends: Float32Array;
  counts: Uint8Array;
}

/** Corner pairs of a cell's top, right, bottom and left edge; corners run clockwise from the upper left. */
const EDGE_CORNERS = [
  [0, 1],
  [1, 2],
  [3, 2],
  [0, 3],
] as const;
const CORNER_X = [0, 1, 1, 0] as const;
const CORNER_Y = [0, 0, 1, 1] as const;

/** Segments between crossed edges; an ambiguous cell (diagonal corners alike) is cut by the value at its centre. */
function traceContour(coverage: Float32Array, width: number, height: number): Contour {
  const ends = new Float32Array(width * height * 8);
  const counts = new Uint8Array(width * height);
  const value = [0, 0, 0, 0];
  const crossX = [0, 0, 0, 0];
  const crossY = [0, 0, 0, 0];
  const crossed: number[] = [];
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const cell = x + y * width;
      value[0] = coverage[cell]! - 0.5;
      value[1] = coverage[cell + 1]! - 0.5;
      value[2] = coverage[cell + width + 1]! - 0.5;
      value[3] = coverage[cell + width]! - 0.5;
      const inside = value[0] >= 0;
      if (value[1] >= 0 === inside && value[2] >= 0 === inside && value[3] >= 0 === inside) continue;
      crossed.length = 0;
      for (let e = 0; e < 4; e++) {
        const [a, b] = EDGE_CORNERS[e]!;
        const [va, vb] = [value[a]!, value[b]!];
        if (va >= 0 === vb >= 0) continue;
        const t = va / (va - vb);
        crossX[e] = x + CORNER_X[a]! + t * (CORNER_X[b]! - CORNER_X[a]!);
        crossY[e] = y + CORNER_Y[a]! + t * (CORNER_Y[b]! - CORNER_Y[a]!);
        crossed.push(e);
      }
      if (crossed.length === 4) {
        const centreInside = value[0] + value[1] + value[2] + value[3] >= 0;
        const cutsFirstCorner = centreInside !== inside;
        crossed[0] = 0;
        crossed[1] = cutsFirstCorner ? 3 : 1;
        crossed[2] = 2;
        crossed[3] = cutsFirstCorner ? 1 : 3;
      }
      counts[cell] = crossed.length / 2;
      for (let s = 0; s < crossed.length; s += 2) {
        const at = cell * 8 + s * 2;
        ends[at] = crossX[crossed[s]!]!;
        ends[at + 1] = crossY[crossed[s]!]!;
        ends[at + 2] = crossX[crossed[s + 1]!]!;
        ends[at + 3] = crossY[crossed[s + 1]!]!;
      }
    }
  }
  return { ends, counts };
}

function squaredDistanceToSegment(px: number, py: number, ends: Float32Array, at: number): number {
  const x0 = ends[at]!;
  const y0 = ends[at + 1]!;
  const dx = ends[at + 2]! - x0;
  const dy = ends[at + 3]! - y0;
  const lengthSquared = dx * dx + dy * dy;
  let t = lengthSquared > 0 ? ((px - x0) * dx + (py - y0) * dy) / lengthSquared : 0;
  t = Math.min(1, Math.max(0, t));
  const ex = px - x0 - t * dx;
  const ey = py - y0 - t * dy;
  return ex * ex + ey * ey;
}

/**
 * Squared distance from each pixel centre to the nearest contour point on a vertical grid line: exact along the
 * column by two sweeps over its crossings, then across the columns. `stride` and `lineStride` step along a column
 * and from column to column, so that the same pass serves horizontal grid lines.
 */
function transformCrossings(
  coverage: Float32Array,
  length: number,
  stride: number,
  lines: number,
  lineStride: number,
): Float32Array {
  const squared = new Float32Array(coverage.length).fill(NO_FEATURE);
  for (let l = 0; l < lines; l++) {
    const start = l * lineStride;
    let last = Number.NaN;
    for (let i = 1; i < length; i++) {
      const at = start + i * stride;
      const a = coverage[at - stride]! - 0.5;
      const b = coverage[at]! - 0.5;
      if (a >= 0 !== b >= 0) {
        const crossing = i - 1 + a / (a - b);
        const from = Number.isNaN(last) ? 0 : Math.ceil((last + crossing) / 2);
        for (let k = from; k < i; k++)
          squared[start + k * stride] = Math.min(squared[start + k * stride]!, (k - crossing) ** 2);
        last = crossing;
      }
      if (!Number.isNaN(last)) squared[at] = (i - last) ** 2;
    }
  }
  const line = createDistanceLine(lines);
  for (let i = 0; i < length; i++) transformDistanceLine(squared, i * stride, lineStride, lines, line);
  return squared;
}

/** Below this distance, in pixels, a pixel is measured against the segments and not only against their ends. */
const NEAR = 2;

/** Lowers `squared` at one pixel to the segments in the cells within `NEAR` around it. */
function refineNear(squared: number, x: number, y: number, contour: Contour, width: number, height: number): number {
  let best = squared;
  for (let j = Math.max(0, y - NEAR); j <= Math.min(height - 2, y + NEAR - 1); j++) {
    for (let i = Math.max(0, x - NEAR); i <= Math.min(width - 2, x + NEAR - 1); i++) {
      const cell = i + j * width;
      for (let s = 0; s < contour.counts[cell]!; s++) {
        best = Math.min(best, squaredDistanceToSegment(x, y, contour.ends, cell * 8 + s * 4));
      }
    }
  }
  return best;
}

/**
 * Signed distance, in pixels, from each pixel centre to the 0.5 contour of a coverage picture; positive inside.
 *
 * The contour has sub-pixel accuracy: it is cut out of the soft coverage by marching squares. The distance is exact
 * to its segments within two pixels, and to their ends, which are at most 1.5 pixels apart, farther away.
 * `coverage` is 0 to 1, `width * height`, x fastest; a contour is closed only if the picture's border is uncovered.
 * Without a contour every pixel gets +-(width + height).
 */
export function measureCoverageDistance(coverage: Float32Array, width: number, height: number): Float32Array {
  const contour = traceContour(coverage, width, height);
  const distances = transformCrossings(coverage, height, width, width, 1);
  const alongRows = transformCrossings(coverage, width, 1, height, width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = x + y * width;
      let squared = Math.min(distances[pixel]!, alongRows[pixel]!);
      if (squared < NEAR * NEAR) squared = refineNear(squared, x, y, contour, width, height);
      const distance = squared >= NO_FEATURE ? width + height : Math.sqrt(squared);
      distances[pixel] = coverage[pixel]! >= 0.5 ? distance : -distance;
    }
  }
  return distances;
}
