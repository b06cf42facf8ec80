/**
 * A smooth field over a picture: one bivariate polynomial per channel. Coordinates run from -1 to 1 across the
 * picture, whatever its shape.
 */
export interface PolynomialSurface {
  width: number;
  height: number;
  degree: number;
  /** Per channel `termCount(degree)` coefficients of x^(d - j) y^j: d ascending, then j from 0 to d. */
  coefficients: readonly Float64Array[];
}

/** Pixels between exact evaluations along a row; a smooth field is as good as straight in between. */
const KNOT_STEP = 8;
/** Keeps terms that the samples do not determine near 0. */
const RIDGE = 1e-6;

export function termCount(degree: number): number {
  return ((degree + 1) * (degree + 2)) / 2;
}

/**
 * The basis functions up to `degree` at the given pixels, `termCount(degree)` values per pixel. A lower degree is a
 * prefix, so that one table serves fits of growing degree.
 */
export function tabulateBasis(indices: Int32Array, width: number, height: number, degree: number): Float64Array {
  const terms = termCount(degree);
  const table = new Float64Array(indices.length * terms);
  for (let k = 0; k < indices.length; k++) {
    const x = indices[k]! % width;
    const u = unitCoordinate(x, width);
    const v = unitCoordinate((indices[k]! - x) / width, height);
    let at = k * terms;
    table[at++] = 1;
    // Every degree: the terms of the one below times u, then the pure power of v.
    for (let d = 1; d <= degree; d++) {
      const below = at - d;
      for (let j = 0; j < d; j++) table[at++] = table[below + j]! * u;
      table[at++] = table[below + d - 1]! * v;
    }
  }
  return table;
}

/**
 * Weighted least squares over samples, the fit of every channel.
 * @param basis as from `tabulateBasis`, of `stride` terms per sample, at least `termCount(degree)`
 * @param values one array per channel, one value per sample
 * @param weights one per sample; samples with weight 0 are left out
 */
export function fitPolynomials(
  basis: Float64Array,
  stride: number,
  values: readonly Float64Array[],
  weights: Float64Array,
  degree: number,
): Float64Array[] {
  const terms = termCount(degree);
  const normal = new Float64Array(terms * terms);
  const right = values.map(() => new Float64Array(terms));
  let total = 0;
  for (let k = 0; k < weights.length; k++) {
    const w = weights[k]!;
    if (w === 0) continue;
    const at = k * stride;
    total += w;
    for (let r = 0; r < terms; r++) {
      const wb = w * basis[at + r]!;
      const row = r * terms;
      for (let c = 0; c <= r; c++) normal[row + c] = normal[row + c]! + wb * basis[at + c]!;
      for (let c = 0; c < right.length; c++) right[c]![r] = right[c]![r]! + wb * values[c]![k]!;
    }
  }
  for (let r = 1; r < terms; r++) normal[r * terms + r] = normal[r * terms + r]! + RIDGE * total;
  factorizeCholesky(normal, terms);
  for (const vector of right) solveCholesky(normal, vector, terms);
  return right;
}

/** Evaluates all channels along row `y` into `out`, `width` values per channel, exact on every `KNOT_STEP`-th pixel. */
export function evaluateRow(
  { width, height, degree, coefficients }: PolynomialSurface,
  y: number,
  out: Float32Array,
): void {
  const v = unitCoordinate(y, height);
  const inX = new Float64Array(degree + 1);
  for (let c = 0; c < coefficients.length; c++) {
    const terms = coefficients[c]!;
    inX.fill(0);
    let at = 0;
    for (let d = 0; d <= degree; d++) {
      for (let j = 0; j <= d; j++) inX[d - j] = inX[d - j]! + terms[at++]! * v ** j;
    }
    const row = c * width;
    let from = hornerAt(inX, unitCoordinate(0, width));
    for (let x0 = 0; x0 < width; x0 += KNOT_STEP) {
      const to = hornerAt(inX, unitCoordinate(x0 + KNOT_STEP, width));
      const end = Math.min(KNOT_STEP, width - x0);
      for (let k = 0; k < end; k++) out[row + x0 + k] = from + ((to - from) * k) / KNOT_STEP;
      from = to;
    }
  }
}

function hornerAt(coefficients: Float64Array, u: number): number {
  let value = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) value = value * u + coefficients[i]!;
  return value;
}

function unitCoordinate(i: number, length: number): number {
  return (2 * i + 1) / length - 1;
}

/** Factorises a symmetric positive definite matrix, lower triangle given, in place. */
function factorizeCholesky(matrix: Float64Array, n: number): void {
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
}

/** Solves L L' x = `vector` in place. */
function solveCholesky(lower: Float64Array, vector: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    let sum = vector[i]!;
    for (let k = 0; k < i; k++) sum -= lower[i * n + k]! * vector[k]!;
    vector[i] = sum / lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = vector[i]!;
    for (let k = i + 1; k < n; k++) sum -= lower[k * n + i]! * vector[k]!;
    vector[i] = sum / lower[i * n + i]!;
  }
}
