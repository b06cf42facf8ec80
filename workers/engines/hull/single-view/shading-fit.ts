import type { ReliefGrid } from './relief-grid.ts';
import { blurMap } from './smooth-map.ts';

/** How well a relief explains the shading of a picture. Energies are robust means of squared slopes, 0 to 1. */
export interface ShadingFit {
  /** Energy that light on the relief explains. */
  explained: number;
  /** Energy that it leaves: texture, edges of colour, cast shadows, relief that the shape lacks. */
  unexplained: number;
  /** Mean robust error per slope; comparable between reliefs of one picture. */
  error: number;
}

/** Slopes are taken over this many samples to both sides. */
const REACH = 2;
/** Every how many samples a slope is measured, along both axes. */
const STRIDE = 2;
/** Slope, in e-folds of brightness per local radius, at which an error counts half: what a lit ball shows. */
const SCALE = 0.5;
/** Slopes beyond this are edges of colour, not shading. */
const EDGE_SLOPE = 3;
const ITERATIONS = 6;
/** Pulls the light to zero where the relief has no slope to learn it from. */
const RIDGE = 0.002;

/**
 * Fits one distant light with ambient light, of unknown strength and direction, to the brightness of a relief.
 *
 * To first order the slope of the log brightness is light . slope of the normal, wherever the surface colour does not
 * change; where it does, the slope is large and counts little (Geman-McClure weights, iteratively reweighted least
 * squares). Slopes are scaled by the local radius, so that thin and thick parts count by their area and show about
 * the same slopes when they are round.
 * @param heightSquared of the relief above its middle plane
 * @param logLuminance as from `sampleLogLuminance`
 * @param selected not 0 where a sample may be used
 * @param sidewaysOnly leaves out the slopes from below upwards
 */
export function fitShading(
  heightSquared: Float32Array,
  logLuminance: Float32Array,
  radius: Float32Array,
  selected: Uint8Array,
  grid: ReliefGrid,
  sidewaysOnly = false,
): ShadingFit {
  const rows = collectSlopes(heightSquared, logLuminance, radius, selected, grid, sidewaysOnly);
  const count = rows.length / 4;
  if (count === 0) return { explained: 0, unexplained: 0, error: 0 };
  let light: [number, number, number] = [0, 0, 0];
  let kept = 0;
  let total = 0;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const scale = iteration === 0 ? 2 * SCALE : SCALE;
    const m = [0, 0, 0, 0, 0, 0];
    const v = [0, 0, 0];
    kept = 0;
    total = 0;
    for (let r = 0; r < rows.length; r += 4) {
      const slope = rows[r]!;
      if (Math.abs(slope) > EDGE_SLOPE) continue;
      const [a, b, c] = [rows[r + 1]!, rows[r + 2]!, rows[r + 3]!];
      const error = slope - light[0] * a - light[1] * b - light[2] * c;
      const weight = 1 / (1 + (error / scale) ** 2) ** 2;
      kept += weight * error * error;
      total += weight * slope * slope;
      m[0]! += weight * a * a;
      m[1]! += weight * a * b;
      m[2]! += weight * a * c;
      m[3]! += weight * b * b;
      m[4]! += weight * b * c;
      m[5]! += weight * c * c;
      v[0]! += weight * a * slope;
      v[1]! += weight * b * slope;
      v[2]! += weight * c * slope;
    }
    const ridge = RIDGE * count;
    if (iteration < ITERATIONS - 1)
      light = solveSymmetric(m[0]! + ridge, m[1]!, m[2]!, m[3]! + ridge, m[4]!, m[5]! + ridge, v);
  }
  let error = 0;
  let energy = 0;
  for (let r = 0; r < rows.length; r += 4) {
    const slope = rows[r]!;
    const left = (slope - light[0] * rows[r + 1]! - light[1] * rows[r + 2]! - light[2] * rows[r + 3]!) ** 2;
    error += left / (left + SCALE * SCALE);
    energy += slope ** 2 / (slope ** 2 + SCALE * SCALE);
  }
  const share = total > 0 ? Math.min(1, Math.max(0, 1 - kept / total)) : 0;
  const mean = energy / count;
  return { explained: share * mean, unexplained: (1 - share) * mean, error: error / count };
}

/** Per measured slope: log brightness, then the three components of the normal, times the local radius. */
function collectSlopes(
  heightSquared: Float32Array,
  logLuminance: Float32Array,
  radius: Float32Array,
  selected: Uint8Array,
  grid: ReliefGrid,
  sidewaysOnly: boolean,
): Float32Array {
  const { width, height, spacing } = grid;
  const [nx, ny, nz] = measureNormals(heightSquared, grid);
  const rows = new Float32Array(2 * 4 * Math.ceil(width / STRIDE) * Math.ceil(height / STRIDE));
  const steps = sidewaysOnly ? [REACH] : [REACH, REACH * width];
  let length = 0;
  for (let y = REACH; y < height - REACH; y += STRIDE) {
    for (let x = REACH; x < width - REACH; x += STRIDE) {
      const at = x + width * y;
      if (!selected[at]) continue;
      const scale = radius[at]! / (2 * REACH * spacing);
      for (const step of steps) {
        rows[length] = scale * (logLuminance[at + step]! - logLuminance[at - step]!);
        rows[length + 1] = scale * (nx[at + step]! - nx[at - step]!);
        rows[length + 2] = scale * (ny[at + step]! - ny[at - step]!);
        rows[length + 3] = scale * (nz[at + step]! - nz[at - step]!);
        length += 4;
      }
    }
  }
  return rows.subarray(0, length);
}

/** Unit normals of the relief z = sqrt(heightSquared), slightly blurred; zero where there is none. */
function measureNormals(heightSquared: Float32Array, grid: ReliefGrid): [Float32Array, Float32Array, Float32Array] {
  const { width, height, spacing } = grid;
  const nx = new Float32Array(heightSquared.length);
  const ny = new Float32Array(heightSquared.length);
  const nz = new Float32Array(heightSquared.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = x + width * y;
      const u = heightSquared[at]!;
      if (u <= 0) continue;
      const dx = (heightSquared[at - 1]! - heightSquared[at + 1]!) / (4 * spacing);
      const dy = (heightSquared[at - width]! - heightSquared[at + width]!) / (4 * spacing);
      const norm = Math.sqrt(dx * dx + dy * dy + u);
      nx[at] = dx / norm;
      ny[at] = dy / norm;
      nz[at] = Math.sqrt(u) / norm;
    }
  }
  return [blurMap(nx, grid, 1, 1), blurMap(ny, grid, 1, 1), blurMap(nz, grid, 1, 1)];
}

/** Solves [[a, b, c], [b, d, e], [c, e, f]] x = v for a positive definite matrix, by Cramer's rule. */
function solveSymmetric(
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  v: readonly number[],
): [number, number, number] {
  const [p, q, r] = [d * f - e * e, c * e - b * f, b * e - c * d];
  const determinant = a * p + b * q + c * r;
  if (!(determinant > 0)) return [0, 0, 0];
  const [x, y, z] = [v[0]!, v[1]!, v[2]!];
  return [
    (p * x + q * y + r * z) / determinant,
    (q * x + (a * f - c * c) * y + (b * c - a * e) * z) / determinant,
    (r * x + (b * c - a * e) * y + (a * d - b * b) * z) / determinant,
  ];
}
