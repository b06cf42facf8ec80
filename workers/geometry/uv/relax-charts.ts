import type { ChartSurface } from './chart-surface.ts';

const OUTER_ROUNDS = 6;
const SOLVER_STEPS = 16;
/** Bounds of the edge weights: keeps needle triangles from dominating and the system positive definite. */
const MIN_WEIGHT = 0.05;
const MAX_WEIGHT = 20;

/**
 * Relaxes flat charts towards the true shape of their triangles (as rigid as possible): every round finds each
 * triangle's best rotation, then solves for the vertices that fit all rotated triangles best in the least-squares
 * sense. Lengths, areas and angles all come close to those on the surface, so texels are evenly spread.
 *
 * All charts are solved at once as one sparse system with a few conjugate gradient steps per round, started from the
 * last round; exact solutions would not be worth their time between rotations.
 * The system fixes no vertex; charts keep the place and turn of `uv` because the start carries them over.
 *
 * @param uv start, two numbers per local vertex, world units
 * @returns new uvs; triangles may be flipped, which the caller has to check
 * @see Liu, Zhang, Xu, Gotsman, Gortler, A Local/Global Approach to Mesh Parameterization, SGP 2008
 */
export function relaxCharts(positions: Float32Array, surface: ChartSurface, uv: Float64Array): Float64Array {
  const { corners, sourceVertex } = surface;
  const rest = restTriangles(positions, surface);
  const weights = edgeWeights(rest);
  const system = assembleSystem(surface, weights);
  const result = uv.slice();
  const rhs = new Float64Array(sourceVertex.length * 2);
  for (let round = 0; round < OUTER_ROUNDS; round++) {
    rhs.fill(0);
    for (let f = 0; f < corners.length; f += 3) addRotatedTriangle(corners, f, rest, weights, result, rhs);
    solve(system, rhs, result, SOLVER_STEPS);
  }
  return result;
}

/** Every triangle laid flat: corner 0 at the origin, corner 1 at (x1, 0), corner 2 at (x2, y2); three numbers each. */
function restTriangles(positions: Float32Array, { corners, sourceVertex }: ChartSurface): Float64Array {
  const rest = new Float64Array(corners.length);
  for (let f = 0; f < corners.length; f += 3) {
    const a = 3 * sourceVertex[corners[f]!]!;
    const b = 3 * sourceVertex[corners[f + 1]!]!;
    const c = 3 * sourceVertex[corners[f + 2]!]!;
    const ux = positions[b]! - positions[a]!;
    const uy = positions[b + 1]! - positions[a + 1]!;
    const uz = positions[b + 2]! - positions[a + 2]!;
    const vx = positions[c]! - positions[a]!;
    const vy = positions[c + 1]! - positions[a + 1]!;
    const vz = positions[c + 2]! - positions[a + 2]!;
    const x1 = Math.sqrt(ux * ux + uy * uy + uz * uz);
    const x2 = x1 > 0 ? (ux * vx + uy * vy + uz * vz) / x1 : 0;
    rest[f] = x1;
    rest[f + 1] = x2;
    rest[f + 2] = Math.sqrt(Math.max(0, vx * vx + vy * vy + vz * vz - x2 * x2));
  }
  return rest;
}

/** Per half-edge half the cotangent of the opposite angle, clamped. */
function edgeWeights(rest: Float64Array): Float64Array {
  const weights = new Float64Array(rest.length);
  for (let f = 0; f < rest.length; f += 3) {
    const x1 = rest[f]!;
    const x2 = rest[f + 1]!;
    const y2 = rest[f + 2]!;
    const twiceArea = x1 * y2;
    const scale = twiceArea > 0 ? 0.5 / twiceArea : 0;
    weights[f] = clampWeight((x2 * (x2 - x1) + y2 * y2) * scale);
    weights[f + 1] = clampWeight(x1 * x2 * scale);
    weights[f + 2] = clampWeight(x1 * (x1 - x2) * scale);
  }
  return weights;
}

function clampWeight(weight: number): number {
  return Math.min(MAX_WEIGHT, Math.max(MIN_WEIGHT, weight));
}

/** Adds what one triangle, turned to fit its place in `uv` best, asks of its three vertices. */
function addRotatedTriangle(
  corners: Int32Array,
  f: number,
  rest: Float64Array,
  weights: Float64Array,
  uv: Float64Array,
  rhs: Float64Array,
): void {
  const a = 2 * corners[f]!;
  const b = 2 * corners[f + 1]!;
  const c = 2 * corners[f + 2]!;
  const x1 = rest[f]!;
  const x2 = rest[f + 1]!;
  const y2 = rest[f + 2]!;
  const wab = weights[f]!;
  const wbc = weights[f + 1]!;
  const wca = weights[f + 2]!;
  const abU = uv[b]! - uv[a]!;
  const abV = uv[b + 1]! - uv[a + 1]!;
  const bcU = uv[c]! - uv[b]!;
  const bcV = uv[c + 1]! - uv[b + 1]!;
  const caU = uv[a]! - uv[c]!;
  const caV = uv[a + 1]! - uv[c + 1]!;
  const bcX = x2 - x1;
  // Rotation by the angle that maximises the weighted sum of products of turned rest edges and current edges.
  let cos = wab * x1 * abU + wbc * (bcX * bcU + y2 * bcV) + wca * (-x2 * caU - y2 * caV);
  let sin = wab * x1 * abV + wbc * (bcX * bcV - y2 * bcU) + wca * (-x2 * caV + y2 * caU);
  const length = Math.sqrt(cos * cos + sin * sin);
  if (length > 0) {
    cos /= length;
    sin /= length;
  } else cos = 1;
  const eabU = wab * cos * x1;
  const eabV = wab * sin * x1;
  const ebcU = wbc * (cos * bcX - sin * y2);
  const ebcV = wbc * (sin * bcX + cos * y2);
  const ecaU = wca * (-cos * x2 + sin * y2);
  const ecaV = wca * (-sin * x2 - cos * y2);
  rhs[a]! += ecaU - eabU;
  rhs[a + 1]! += ecaV - eabV;
  rhs[b]! += eabU - ebcU;
  rhs[b + 1]! += eabV - ebcV;
  rhs[c]! += ebcU - ecaU;
  rhs[c + 1]! += ebcV - ecaV;
}

/** A weighted graph Laplacian in compressed rows. */
interface LaplaceSystem {
  rowStart: Int32Array;
  columns: Int32Array;
  values: Float64Array;
  diagonal: Float64Array;
}

function assembleSystem({ corners, sourceVertex, pair }: ChartSurface, weights: Float64Array): LaplaceSystem {
  const n = sourceVertex.length;
  const rowStart = new Int32Array(n + 1);
  for (let h = 0; h < corners.length; h++) {
    if (pair[h]! > h) continue;
    rowStart[corners[h]! + 1]!++;
    rowStart[corners[h % 3 === 2 ? h - 2 : h + 1]! + 1]!++;
  }
  for (let i = 0; i < n; i++) rowStart[i + 1]! += rowStart[i]!;
  const fill = rowStart.slice();
  const columns = new Int32Array(rowStart[n]!);
  const values = new Float64Array(rowStart[n]!);
  const diagonal = new Float64Array(n);
  for (let h = 0; h < corners.length; h++) {
    const g = pair[h]!;
    if (g > h) continue;
    const i = corners[h]!;
    const j = corners[h % 3 === 2 ? h - 2 : h + 1]!;
    const weight = weights[h]! + (g >= 0 ? weights[g]! : 0);
    columns[fill[i]!] = j;
    values[fill[i]!++] = weight;
    columns[fill[j]!] = i;
    values[fill[j]!++] = weight;
    diagonal[i]! += weight;
    diagonal[j]! += weight;
  }
  return { rowStart, columns, values, diagonal };
}

/** Preconditioned conjugate gradients for both coordinates at once, each with its own step lengths; x is rewritten. */
function solve(system: LaplaceSystem, b: Float64Array, x: Float64Array, steps: number): void {
  const { diagonal } = system;
  const n = diagonal.length;
  const r = new Float64Array(2 * n);
  const p = new Float64Array(2 * n);
  const q = new Float64Array(2 * n);
  multiply(system, x, q);
  let rhoU = 0;
  let rhoV = 0;
  for (let i = 0; i < n; i++) {
    const inverse = 1 / diagonal[i]!;
    const u = b[2 * i]! - q[2 * i]!;
    const v = b[2 * i + 1]! - q[2 * i + 1]!;
    r[2 * i] = u;
    r[2 * i + 1] = v;
    p[2 * i] = u * inverse;
    p[2 * i + 1] = v * inverse;
    rhoU += u * u * inverse;
    rhoV += v * v * inverse;
  }
  for (let step = 0; step < steps && (rhoU > 0 || rhoV > 0); step++) {
    multiply(system, p, q);
    let pqU = 0;
    let pqV = 0;
    for (let i = 0; i < 2 * n; i += 2) {
      pqU += p[i]! * q[i]!;
      pqV += p[i + 1]! * q[i + 1]!;
    }
    const alphaU = pqU > 0 ? rhoU / pqU : 0;
    const alphaV = pqV > 0 ? rhoV / pqV : 0;
    let nextU = 0;
    let nextV = 0;
    for (let i = 0; i < n; i++) {
      const inverse = 1 / diagonal[i]!;
      x[2 * i]! += alphaU * p[2 * i]!;
      x[2 * i + 1]! += alphaV * p[2 * i + 1]!;
      const u = r[2 * i]! - alphaU * q[2 * i]!;
      const v = r[2 * i + 1]! - alphaV * q[2 * i + 1]!;
      r[2 * i] = u;
      r[2 * i + 1] = v;
      nextU += u * u * inverse;
      nextV += v * v * inverse;
    }
    const betaU = rhoU > 0 ? nextU / rhoU : 0;
    const betaV = rhoV > 0 ? nextV / rhoV : 0;
    for (let i = 0; i < n; i++) {
      const inverse = 1 / diagonal[i]!;
      p[2 * i] = r[2 * i]! * inverse + betaU * p[2 * i]!;
      p[2 * i + 1] = r[2 * i + 1]! * inverse + betaV * p[2 * i + 1]!;
    }
    rhoU = nextU;
    rhoV = nextV;
  }
}

function multiply({ rowStart, columns, values, diagonal }: LaplaceSystem, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < diagonal.length; i++) {
    let u = diagonal[i]! * x[2 * i]!;
    let v = diagonal[i]! * x[2 * i + 1]!;
    for (let k = rowStart[i]!; k < rowStart[i + 1]!; k++) {
      const j = 2 * columns[k]!;
      const weight = values[k]!;
      u -= weight * x[j]!;
      v -= weight * x[j + 1]!;
    }
    y[2 * i] = u;
    y[2 * i + 1] = v;
  }
}
