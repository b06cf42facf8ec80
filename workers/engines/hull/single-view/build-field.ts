import type { ScalarField } from '../../../geometry/mesh.ts';
import type { Relief } from './build-relief.ts';
import { roundHeightSquared } from './local-radius.ts';
import { sampleMap } from './relief-grid.ts';

/** Samples beyond the shape on every side. */
const MARGIN_SAMPLES = 3;
/** Thinner parts are widened to this radius, in samples, so that the grid does not miss them. */
const MIN_RADIUS_SAMPLES = 0.75;
/** Edges of flat parts are rounded with this share of their height. */
const EDGE_ROUNDING = 0.15;
const MAX_EDGE_RADIUS = 0.05;

/**
 * Fills the space around a relief with a field that is close to the signed distance, positive inside.
 *
 * For a relief of squared height u(x, y) the surface is u - z^2 = 0. With q = |grad u|^2 / 4 the quotient
 * (u - z^2) / (sqrt(u + q) + sqrt(z^2 + q)) is the exact distance for balls and tubes and correct to first order on
 * every smooth relief. It is intersected with the distance to the outline, which keeps the outline where it is; the
 * edge between the two is rounded where the relief does not fall to zero by itself.
 * @param cells along the longest side
 */
export function buildField(relief: Relief, cells: number): ScalarField {
  const grid = createFieldGrid(relief, cells);
  const { dims, origin, spacing } = grid;
  const [nx, ny, nz] = dims;
  const columns = nx * ny;
  const values = new Float32Array(columns * nz);
  const { outline, heightSquared, edge } = sampleRelief(relief, grid);
  const slope = squaredHalfSlope(heightSquared, nx, ny, spacing);
  for (let k = 0; k < nz; k++) {
    const z = origin[2] + spacing * k;
    for (let c = 0; c < columns; c++) {
      const u = heightSquared[c]!;
      const q = slope[c]!;
      const rise = (u - z * z) / (Math.sqrt(Math.max(0, u + q)) + Math.sqrt(z * z + q) + 1e-6);
      values[c + columns * k] = intersectRounded(rise, outline[c]!, edge[c]!);
    }
  }
  return { values, dims, origin, spacing };
}

/** The smaller of two distances with an inner edge rounded by `radius`. */
function intersectRounded(a: number, b: number, radius: number): number {
  if (a >= radius || b >= radius || radius === 0) return Math.min(a, b);
  return radius - Math.hypot(radius - a, radius - b);
}

type FieldGrid = Pick<ScalarField, 'dims' | 'origin' | 'spacing'>;

function createFieldGrid({ grid, distance, radius, stretch, excess }: Relief, cells: number): FieldGrid {
  let [left, right, bottom, top] = [grid.width, 0, grid.height, 0];
  let highest = 0;
  for (let y = 0; y < grid.height; y++) {
    for (let x = 0; x < grid.width; x++) {
      const at = x + grid.width * y;
      if (distance[at]! <= 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      bottom = Math.min(bottom, y);
      top = y;
      const round = roundHeightSquared(radius[at]!, distance[at]!);
      highest = Math.max(highest, stretch[at]! * round + excess[at]!);
    }
  }
  const low = [grid.x0 + grid.spacing * (left - 1), grid.y0 + grid.spacing * (bottom - 1), -Math.sqrt(highest)];
  const high = [grid.x0 + grid.spacing * (right + 1), grid.y0 + grid.spacing * (top + 1), Math.sqrt(highest)];
  const extents = high.map((h, axis) => Math.max(0, h - low[axis]!));
  const spacing = Math.max(...extents, grid.spacing) / cells;
  const counts = extents.map((extent) => Math.ceil(extent / spacing) + 1 + 2 * MARGIN_SAMPLES);
  const starts = counts.map((count, axis) => (low[axis]! + high[axis]! - spacing * (count - 1)) / 2);
  return {
    dims: [counts[0]!, counts[1]!, counts[2]!],
    origin: [starts[0]!, starts[1]!, starts[2]!],
    spacing,
  };
}

/** The relief on the columns of the field: distance to the outline, squared height, radius of the rounded edge. */
function sampleRelief(relief: Relief, { dims, origin, spacing }: FieldGrid) {
  const { grid } = relief;
  const [nx, ny] = dims;
  const outline = new Float32Array(nx * ny);
  const heightSquared = new Float32Array(nx * ny);
  const edge = new Float32Array(nx * ny);
  const minRadius = MIN_RADIUS_SAMPLES * spacing;
  for (let j = 0; j < ny; j++) {
    const y = origin[1] + spacing * j;
    for (let i = 0; i < nx; i++) {
      const x = origin[0] + spacing * i;
      const at = i + nx * j;
      const radius = sampleMap(relief.radius, grid, x, y);
      const widening = Math.max(0, minRadius - radius);
      const d = sampleMap(relief.distance, grid, x, y) + widening;
      const round = roundHeightSquared(radius + widening, d);
      const excess = sampleMap(relief.excess, grid, x, y);
      outline[at] = d;
      heightSquared[at] = sampleMap(relief.stretch, grid, x, y) * round + excess;
      const wall = Math.sqrt(Math.max(0, excess));
      edge[at] = Math.min(MAX_EDGE_RADIUS, EDGE_ROUNDING * wall);
    }
  }
  return { outline, heightSquared, edge };
}

/** A quarter of the squared gradient; one-sided at the border. */
function squaredHalfSlope(map: Float32Array, width: number, height: number, spacing: number): Float32Array {
  const result = new Float32Array(map.length);
  for (let y = 0; y < height; y++) {
    const below = y > 0 ? width : 0;
    const above = y + 1 < height ? width : 0;
    for (let x = 0; x < width; x++) {
      const at = x + width * y;
      const left = x > 0 ? 1 : 0;
      const right = x + 1 < width ? 1 : 0;
      const dx = (map[at + right]! - map[at - left]!) / (left + right);
      const dy = (map[at + above]! - map[at - below]!) / ((below + above) / width);
      result[at] = (dx * dx + dy * dy) / (4 * spacing * spacing);
    }
  }
  return result;
}
