import type { LabPlanes } from './color-space.ts';
import { borderPixels, growMask } from './connected-components.ts';
import { evaluateRow, fitPolynomials, type PolynomialSurface, tabulateBasis, termCount } from './polynomial-surface.ts';

/** Border frame that the first fit looks at, as a share of the longest side. */
const FRAME_SHARE = 0.015;
/** Size of a corner as a share of the picture's sides. */
const CORNER_SHARE = 0.12;
const MAX_SAMPLES = 2500;
/** Highest degree of the polynomials: enough for a spotlight or a vignette. */
const MAX_DEGREE = 6;
/** Distance in OKLab up to which a pixel may belong to a smooth background, however quiet that is. */
const MIN_TOLERANCE = 0.02;
/** Samples along the longer side of the grid on which the background is followed inwards. */
const GRID_SIDE = 160;

/** A smooth model, in OKLab, of what lies behind the object. */
export interface BackgroundModel {
  surface: PolynomialSurface;
  /** Typical distance in OKLab of one background pixel from the model: noise, texture and misfit together. */
  noise: number;
  /** Share of the picture's border that agrees with the model. */
  borderShare: number;
  /** How many of the four corners agree: an object may touch the border, but hardly fills corners. */
  openCorners: number;
}

/** A set of pixels with what the fits need to know of them. */
interface Samples {
  indices: Int32Array;
  basis: Float64Array;
  /** L, a, b. */
  values: Float64Array[];
  weights: Float64Array;
  distances: Float64Array;
}

/**
 * Fits a smooth background to a picture: first to its border, tolerating an object that touches it, then to
 * everything that agrees and is connected with the border, with growing degree, so that gradients are
 * followed behind the object instead of extrapolated.
 */
export function fitBackground(lab: LabPlanes): BackgroundModel {
  const { width, height } = lab;
  const thickness = Math.max(1, Math.round(FRAME_SHARE * Math.max(width, height)));
  const frame = collectSamples(lab, thin(borderPixels(width, height, thickness), MAX_SAMPLES));

  // 1. Border alone. L1 weights withstand an object on up to a third of it, the biweight then forgets outliers.
  let coefficients = fit(frame, 1);
  for (let i = 0; i < 6; i++) {
    weighL1(frame);
    coefficients = fit(frame, 1);
  }
  for (let i = 0; i < 8; i++) {
    if (i < 4) weighL1(frame);
    else weighBiweight(frame);
    coefficients = fit(frame, 2);
  }
  let surface: PolynomialSurface = { width, height, degree: 2, coefficients };
  let noise = noiseOf(frame.distances);

  // 2. Inwards from the border.
  let innerNoise = 0;
  for (let degree = 2; degree <= MAX_DEGREE; degree++) {
    const connected = connectedPixels(lab, surface, Math.max(MIN_TOLERANCE, 3 * noise));
    if (connected.length < 10 * termCount(degree)) break;
    const inner = collectSamples(lab, connected);
    updateDistances(inner, surface.coefficients);
    for (let i = 0; i < 3; i++) {
      weighBiweight(inner);
      coefficients = fit(inner, degree);
    }
    surface = { width, height, degree, coefficients };
    innerNoise = noiseOf(inner.distances);
    updateDistances(frame, coefficients);
    noise = noiseOf(frame.distances);
  }

  const tolerance = Math.max(MIN_TOLERANCE, 3 * noise);
  const agrees = Array.from(frame.distances, (d) => d <= tolerance);
  return {
    surface,
    noise: Math.max(noise, innerNoise),
    borderShare: agrees.filter(Boolean).length / agrees.length,
    openCorners: countOpenCorners(frame.indices, agrees, width, height),
  };
}

/** Corners of the border frame in which two thirds of the samples agree. */
function countOpenCorners(indices: Int32Array, agrees: readonly boolean[], width: number, height: number): number {
  const totals = [0, 0, 0, 0];
  const open = [0, 0, 0, 0];
  indices.forEach((p, k) => {
    const x = p % width;
    const y = (p - x) / width;
    const [fromSide, fromEdge] = [Math.min(x, width - 1 - x), Math.min(y, height - 1 - y)];
    if (fromSide > CORNER_SHARE * width || fromEdge > CORNER_SHARE * height) return;
    const corner = (2 * x < width ? 0 : 1) + (2 * y < height ? 0 : 2);
    totals[corner] = totals[corner]! + 1;
    if (agrees[k]) open[corner] = open[corner]! + 1;
  });
  return totals.filter((total, corner) => open[corner]! >= (2 / 3) * total).length;
}

/** What is left of the picture, in OKLab, when the background model is taken off: three planes. */
export function subtractBackground({ width, height, planes }: LabPlanes, surface: PolynomialSurface): Float32Array[] {
  const rest = planes.map((plane) => new Float32Array(plane.length));
  const row = new Float32Array(3 * width);
  for (let y = 0; y < height; y++) {
    evaluateRow(surface, y, row);
    for (let c = 0; c < 3; c++) {
      const from = planes[c]!;
      const to = rest[c]!;
      for (let x = 0, i = y * width; x < width; x++, i++) to[i] = from[i]! - row[c * width + x]!;
    }
  }
  return rest;
}

function collectSamples({ width, height, planes }: LabPlanes, indices: Int32Array): Samples {
  return {
    indices,
    basis: tabulateBasis(indices, width, height, MAX_DEGREE),
    values: planes.map((plane) => Float64Array.from(indices, (p) => plane[p]!)),
    weights: new Float64Array(indices.length).fill(1),
    distances: new Float64Array(indices.length),
  };
}

function fit(samples: Samples, degree: number): Float64Array[] {
  const { basis, values, weights } = samples;
  const coefficients = fitPolynomials(basis, termCount(MAX_DEGREE), values, weights, degree);
  updateDistances(samples, coefficients);
  return coefficients;
}

function updateDistances({ basis, values, distances }: Samples, coefficients: readonly Float64Array[]): void {
  const stride = termCount(MAX_DEGREE);
  for (let k = 0; k < distances.length; k++) {
    let sum = 0;
    for (let c = 0; c < 3; c++) {
      const terms = coefficients[c]!;
      let rest = values[c]![k]!;
      for (let t = 0; t < terms.length; t++) rest -= terms[t]! * basis[k * stride + t]!;
      sum += rest * rest;
    }
    distances[k] = Math.sqrt(sum);
  }
}

/** Robust root mean square of the distances of samples that are mostly background. */
function noiseOf(distances: Float64Array): number {
  const sorted = Float64Array.from(distances).sort();
  // The lower 35 % are free of the object in any case; of three normal residuals they end at 0.74 times the RMS.
  return (sorted[Math.floor(0.35 * sorted.length)] ?? 0) / 0.74;
}

function weighL1({ weights, distances }: Samples): void {
  const scale = Math.max(0.004, noiseOf(distances));
  for (let k = 0; k < weights.length; k++) weights[k] = 1 / Math.max(scale, distances[k]!);
}

/** Tukey's biweight. */
function weighBiweight({ weights, distances }: Samples): void {
  const limit = 5 * Math.max(0.004, noiseOf(distances));
  for (let k = 0; k < weights.length; k++) {
    const t = distances[k]! / limit;
    weights[k] = t < 1 ? (1 - t * t) ** 2 : 0;
  }
}

/** Pixels on a coarse grid that agree with the model and connect with the border through others that do. */
function connectedPixels(
  { width, height, planes }: LabPlanes,
  surface: PolynomialSurface,
  tolerance: number,
): Int32Array {
  const stride = Math.max(1, Math.ceil(Math.max(width, height) / GRID_SIDE));
  const gridWidth = Math.ceil(width / stride);
  const gridHeight = Math.ceil(height / stride);
  const agrees = new Uint8Array(gridWidth * gridHeight);
  const row = new Float32Array(3 * width);
  for (let gy = 0; gy < gridHeight; gy++) {
    evaluateRow(surface, gy * stride, row);
    for (let gx = 0; gx < gridWidth; gx++) {
      const x = gx * stride;
      const p = gy * stride * width + x;
      const dl = planes[0][p]! - row[x]!;
      const da = planes[1][p]! - row[width + x]!;
      const db = planes[2][p]! - row[2 * width + x]!;
      agrees[gy * gridWidth + gx] = dl * dl + da * da + db * db <= tolerance * tolerance ? 1 : 0;
    }
  }
  const reached = new Uint8Array(agrees.length);
  for (const g of borderPixels(gridWidth, gridHeight)) reached[g] = agrees[g]!;
  growMask(reached, agrees, gridWidth, gridHeight);
  const found: number[] = [];
  for (let g = 0; g < reached.length; g++) {
    if (reached[g] === 0) continue;
    const gx = g % gridWidth;
    found.push(((g - gx) / gridWidth) * stride * width + gx * stride);
  }
  return thin(found, MAX_SAMPLES);
}

/** At most `limit` of the indices, evenly spread over the list. */
function thin(indices: readonly number[], limit: number): Int32Array {
  if (indices.length <= limit) return Int32Array.from(indices);
  const step = indices.length / limit;
  return Int32Array.from({ length: limit }, (_, k) => indices[Math.floor(k * step)]!);
}
