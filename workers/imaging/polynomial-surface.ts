/**
 * Smooth colour fields over a picture: one bivariate polynomial per channel, fitted to samples of which many may be
 * outliers. Coordinates run from -1 to 1 across the picture, whichever its shape.
 */
export interface PolynomialSurface {
  width: number;
  height: number;
  degree: number;
  channels: number;
  /** Per channel one coefficient per term x^i y^j, i + j <= degree, j ascending in the outer loop, i in the inner. */
  coefficients: Float64Array;
}

export interface SurfaceSamples {
  /** Pixel index of each sample. */
  indices: Int32Array;
  /** Start weights, 1 per sample; 0 leaves a sample out. */
  weights: Float64Array;
}

/** Fit accuracy wanted of the ridge: keeps terms that the samples do not determine near 0. */
const RIDGE = 1e-6;

export function termCount(degree: number): number {
  return ((degree + 1) * (degree + 2)) / 2;
}

/**
 * Weighted least squares. `planes` holds one value per pixel and channel.
 * The weights are used as they are: the caller reweights between calls.
 */
export function fitSurface(
  planes: readonly Float32Array[],
  width: number,
  height: number,
  { indices, weights }: SurfaceSamples,
  degree: number,
): PolynomialSurface {
  const terms = termCount(degree);
  const channels = planes.length;
  const normal = new Float64Array(terms * terms);
  const rhs = new Float64Array(terms * channels);
  const basis = new Float64Array(terms);
  let total = 0;
  for (let k = 0; k < indices.length; k++) {
    const w = weights[k]!;
    if (w === 0) continue;
    const p = indices[k]!;
    const x = p % width;
    fillBasis(basis, degree, unitCoordinate(x, width), unitCoordinate((p - x) / width, height));
    total += w;
    for (let r = 0; r < terms; r++) {
      const wb = w * basis[r]!;
      for (let c = 0; c <= r; c++) normal[r * terms + c] = normal[r * terms + c]! + wb * basis[c]!;
      for (let c = 0; c < channels; c++) rhs[c * terms + r] = rhs[c * terms + r]! + wb * planes[c]![p]!;
    }
  }
  for (let r = 1; r < terms; r++) normal[r * terms + r] = normal[r * terms + r]! + RIDGE * (total + 1);
  normal[0] = normal[0]! + 1e-12;
  return { width, height, degree, channels, coefficients: solveCholesky(normal, rhs, terms, channels) };
}

/**
 * Evaluates `count` channels from `firstChannel` on along row `y` into `out`, `width` values per channel.
 */
export function evaluateRow(
  surface: PolynomialSurface,
  y: number,
  firstChannel: number,
  count: number,
  out: Float32Array,
): void {
  const { width, height, degree, coefficients } = surface;
  const terms = termCount(degree);
  const v = unitCoordinate(y, height);
  const inX = new Float64Array(degree + 1);
  for (let c = 0; c < count; c++) {
    inX.fill(0);
    let at = (firstChannel + c) * terms;
    let power = 1;
    for (let j = 0; j <= degree; j++, power *= v) {
      for (let i = 0; i + j <= degree; i++) inX[i] = inX[i]! + coefficients[at++]! * power;
    }
    for (let x = 0; x < width; x++) {
      const u = unitCoordinate(x, width);
      let value = inX[degree]!;
      for (let i = degree - 1; i >= 0; i--) value = value * u + inX[i]!;
      out[c * width + x] = value;
    }
  }
}

/** The value of one channel at one pixel. */
export function evaluateAt(surface: PolynomialSurface, channel: number, x: number, y: number): number {
  const terms = termCount(surface.degree);
  const basis = new Float64Array(terms);
  fillBasis(basis, surface.degree, unitCoordinate(x, surface.width), unitCoordinate(y, surface.height));
  let sum = 0;
  for (let t = 0; t < terms; t++) sum += basis[t]! * surface.coefficients[channel * terms + t]!;
  return sum;
}

function unitCoordinate(i: number, length: number): number {
  return (2 * i + 1) / length - 1;
}

function fillBasis(basis: Float64Array, degree: number, u: number, v: number): void {
  let at = 0;
  let vPower = 1;
  for (let j = 0; j <= degree; j++, vPower *= v) {
    let term = vPower;
    for (let i = 0; i + j <= degree; i++, term *= u) basis[at++] = term;
  }
}

/** Solves the symmetric positive definite system (lower triangle given, overwritten) for several right-hand sides. */
function solveCholesky(matrix: Float64Array, rhs: Float64Array, n: number, count: number): Float64Array {
  for (let j = 0; j < n; j++) {
    let d = matrix[j * n + j]!;
    for (let k = 0; k < j; k++) d -= matrix[j * n + k]! ** 2;
    const pivot = Math.sqrt(Math.max(d, 1e-300));
    matrix[j * n + j] = pivot;
    for (let i = j + 1; i < n; i++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * n + k]! * matrix[j * n + k]!;
      matrix[i * n + j] = sum / pivot;
    }
  }
  for (let c = 0; c < count; c++) {
    const at = c * n;
    for (let i = 0; i < n; i++) {
      let sum = rhs[at + i]!;
      for (let k = 0; k < i; k++) sum -= matrix[i * n + k]! * rhs[at + k]!;
      rhs[at + i] = sum / matrix[i * n + i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = rhs[at + i]!;
      for (let k = i + 1; k < n; k++) sum -= matrix[k * n + i]! * rhs[at + k]!;
      rhs[at + i] = sum / matrix[i * n + i]!;
    }
  }
  return rhs;
}
