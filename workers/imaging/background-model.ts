import type { LabPlanes } from './color-space.ts';
import { borderPixels, floodFill } from './connected-components.ts';
import { evaluateRow, fitSurface, type PolynomialSurface, type SurfaceSamples } from './polynomial-surface.ts';

/** Border frame that the first fit looks at, as a share of the longest side. */
const FRAME_SHARE = 0.015;
const MAX_SAMPLES = 5000;
/** Distance in OKLab up to which a pixel may belong to a smooth background, however quiet that is. */
const MIN_TOLERANCE = 0.02;

/** A smooth model of what lies behind the object. */
export interface BackgroundModel {
  /** Channels 0 to 2: OKLab. */
  surface: PolynomialSurface;
  /** Robust standard deviation of one pixel from the model, as a distance in OKLab. */
  noise: number;
  /** Share of the picture's border that agrees with the model. */
  borderShare: number;
}

/**
 * Fits a smooth background to a picture: first to its border, tolerating an object that touches it, then to
 * everything that agrees and is connected with the border, with growing degree, so that gradients are
 * followed behind the object instead of extrapolated.
 */
export function fitBackground(lab: LabPlanes): BackgroundModel {
  const { width, height, planes } = lab;
  const thickness = Math.max(1, Math.round(FRAME_SHARE * Math.max(width, height)));
  const frame = thin(borderPixels(width, height, thickness), MAX_SAMPLES);
  const samples: SurfaceSamples = { indices: frame, weights: new Float64Array(frame.length).fill(1) };

  // 1. Border alone. L1 reweighting withstands an object on up to a third of it, the biweight then forgets outliers.
  let surface = fitSurface(planes, width, height, samples, 1);
  for (let i = 0; i < 12; i++) {
    reweight(samples, residuals(lab, surface, samples.indices), 'l1');
    surface = fitSurface(planes, width, height, samples, i < 6 ? 1 : 2);
  }
  for (let i = 0; i < 5; i++) {
    reweight(samples, residuals(lab, surface, samples.indices), 'biweight');
    surface = fitSurface(planes, width, height, samples, 2);
  }

  // 2. Inwards from the border, on a coarse grid.
  for (const degree of [2, 3, 4]) {
    const noise = noiseOf(residuals(lab, surface, frame));
    const inner = connectedSamples(lab, surface, Math.max(MIN_TOLERANCE, 4 * noise));
    if (inner.length < 200) break;
    const grown: SurfaceSamples = { indices: inner, weights: new Float64Array(inner.length).fill(1) };
    for (let i = 0; i < 3; i++) {
      reweight(grown, residuals(lab, surface, inner), 'biweight');
      surface = fitSurface(planes, width, height, grown, degree);
    }
  }

  const distances = residuals(lab, surface, frame);
  const noise = noiseOf(distances);
  const tolerance = Math.max(MIN_TOLERANCE, 4 * noise);
  let agreeing = 0;
  for (const d of distances) if (d <= tolerance) agreeing++;
  return { surface, noise, borderShare: agreeing / distances.length };
}

/** OKLab distance of every pixel from the model. */
export function distanceFromBackground(lab: LabPlanes, surface: PolynomialSurface): Float32Array {
  const { width, height, planes } = lab;
  const [lightness, a, b] = planes;
  const row = new Float32Array(3 * width);
  const distance = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    evaluateRow(surface, y, 0, 3, row);
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const dl = lightness[i]! - row[x]!;
      const da = a[i]! - row[width + x]!;
      const db = b[i]! - row[2 * width + x]!;
      distance[i] = Math.sqrt(dl * dl + da * da + db * db);
    }
  }
  return distance;
}

function residuals({ width, planes }: LabPlanes, surface: PolynomialSurface, indices: Int32Array): Float64Array {
  const out = new Float64Array(indices.length);
  const row = new Float32Array(3 * width);
  let rowAt = -1;
  for (let k = 0; k < indices.length; k++) {
    const p = indices[k]!;
    const x = p % width;
    const y = (p - x) / width;
    if (y !== rowAt) {
      evaluateRow(surface, y, 0, 3, row);
      rowAt = y;
    }
    const dl = planes[0][p]! - row[x]!;
    const da = planes[1][p]! - row[width + x]!;
    const db = planes[2][p]! - row[2 * width + x]!;
    out[k] = Math.sqrt(dl * dl + da * da + db * db);
  }
  return out;
}

/** Robust standard deviation from the distances of samples that are mostly background. */
function noiseOf(distances: Float64Array): number {
  const sorted = Float64Array.from(distances).sort();
  // The distance is the length of three residuals; its lower 35 % are free of the object in any case.
  return (sorted[Math.floor(0.35 * sorted.length)] ?? 0) / 0.8;
}

function reweight({ weights }: SurfaceSamples, distances: Float64Array, kind: 'l1' | 'biweight'): void {
  const scale = Math.max(0.004, noiseOf(distances));
  for (let k = 0; k < weights.length; k++) {
    const d = distances[k]!;
    if (kind === 'l1') weights[k] = 1 / Math.max(scale, d);
    else {
      const t = d / (5 * scale);
      weights[k] = t < 1 ? (1 - t * t) ** 2 : 0;
    }
  }
}

/** Pixels on a coarse grid that agree with the model and connect with the border through others that do. */
function connectedSamples(lab: LabPlanes, surface: PolynomialSurface, tolerance: number): Int32Array {
  const { width, height, planes } = lab;
  const stride = Math.max(1, Math.ceil(Math.max(width, height) / 192));
  const gridWidth = Math.ceil(width / stride);
  const gridHeight = Math.ceil(height / stride);
  const agrees = new Uint8Array(gridWidth * gridHeight);
  const row = new Float32Array(3 * width);
  for (let gy = 0; gy < gridHeight; gy++) {
    evaluateRow(surface, gy * stride, 0, 3, row);
    for (let gx = 0; gx < gridWidth; gx++) {
      const x = gx * stride;
      const p = gy * stride * width + x;
      const dl = planes[0][p]! - row[x]!;
      const da = planes[1][p]! - row[width + x]!;
      const db = planes[2][p]! - row[2 * width + x]!;
      agrees[gy * gridWidth + gx] = dl * dl + da * da + db * db <= tolerance * tolerance ? 1 : 0;
    }
  }
  const reached = floodFill(agrees, borderPixels(gridWidth, gridHeight), gridWidth, gridHeight);
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
