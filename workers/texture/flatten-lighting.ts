/**
 * Takes the light out of pictures of a known shape: what a soft studio light adds to the colour of a surface depends
 * on its normal alone, so a low-order function of the normal that explains the brightness of neighbouring pixels of
 * one colour is light, and the rest is paint.
 */
import { linearToSrgb, SRGB_TO_LINEAR } from './srgb.ts';

/** A picture with the normals of the mesh behind it. */
export interface LitView {
  width: number;
  height: number;
  /** 8-bit sRGB with alpha, four per pixel. */
  pixels: Uint8Array;
  /** Unit normals in camera axes (right, up, toward), three per pixel. */
  normals: Float32Array;
  /** Trust per pixel, 0 to 1. */
  weight: Float32Array;
}

/** Log of the light as a combination of the real spherical harmonics of degree 1 and 2 of the normal, in camera axes. */
export type LightCoefficients = Float64Array;

const TERMS = 8;
/** Pixels between the two samples of a pair: far enough for the normals to differ, near enough for one paint. */
const PAIR_STEPS = [3, 9, 24];
const ITERATIONS = 8;
/** Log difference beyond which a pair shows two paints and not one light. */
const OUTLIER_SCALE = 0.04;
/** Distance in chromaticity beyond which a pair shows two paints. */
const CHROMA_SCALE = 0.015;
/** Pull towards no light at all, in squared terms: without shading to see, the light is even. */
const NO_LIGHT_PULL = 0.4;
/**
 * What pictures of single objects mostly have: a soft lamp above and behind the camera. It is pulled to by as much as
 * the fit leaves unexplained, since normals that are off (a shape from few views) hide a part of the light or invent a
 * strange one; a picture that the fit explains, such as a drawing without light, is left to it. Neighbouring pairs
 * repeat each other, so their noise counts many times.
 */
const USUAL_LIGHT = [0, 0.45, 0.45, 0, 0, 0, 0, 0] as const;
const PRIOR_PER_NOISE = 20;
const MAX_PRIOR_SHARE = 1.5;
/** Darker pixels (linear luminance) carry more noise and black paint than light. */
const MIN_LUMINANCE = 0.004;

/** Fills `out` with the eight terms of a unit normal, each of about unit size. */
function evaluateTerms(x: number, y: number, z: number, out: Float64Array): void {
  out[0] = x;
  out[1] = y;
  out[2] = z;
  out[3] = x * y;
  out[4] = y * z;
  out[5] = x * z;
  out[6] = x * x - y * y;
  out[7] = 1.5 * z * z - 0.5;
}

/**
 * Fits the light of views that were lit alike relative to the camera.
 * Pairs of pixels a few steps apart vote by least squares, reweighted so that paint borders lose their say
 * (Geman-McClure).
 */
export function estimateLight(views: readonly LitView[]): LightCoefficients {
  const pairs = collectPairs(views);
  const coefficients = new Float64Array(TERMS);
  const count = pairs.change.length;
  if (count === 0) return coefficients;
  const row = new Float64Array(TERMS);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    // the outlier scale narrows from coarse to fine, so that an early wrong guess is not locked in
    const scale = OUTLIER_SCALE * Math.max(1, 6 * 0.6 ** iteration);
    const normal = new Float64Array(TERMS * TERMS);
    const rhs = new Float64Array(TERMS);
    let squaredResiduals = 0;
    for (let p = 0; p < count; p++) {
      let predicted = 0;
      for (let k = 0; k < TERMS; k++) {
        row[k] = pairs.terms[TERMS * p + k]!;
        predicted += row[k]! * coefficients[k]!;
      }
      const residual = (pairs.change[p]! - predicted) / scale;
      const w = pairs.weight[p]! / (1 + residual * residual) ** 2;
      squaredResiduals += w * (residual * scale) ** 2;
      for (let i = 0; i < TERMS; i++) {
        const wi = w * row[i]!;
        rhs[i]! += wi * pairs.change[p]!;
        for (let j = 0; j <= i; j++) normal[TERMS * i + j]! += wi * row[j]!;
      }
    }
    let trace = 0;
    for (let i = 0; i < TERMS; i++) trace += normal[TERMS * i + i]!;
    const pull = Math.min(PRIOR_PER_NOISE * squaredResiduals, (MAX_PRIOR_SHARE * trace) / TERMS);
    for (let i = 0; i < TERMS; i++) {
      normal[TERMS * i + i]! += NO_LIGHT_PULL + pull;
      rhs[i]! += pull * USUAL_LIGHT[i]!;
    }
    solveSymmetric(normal, rhs, coefficients);
  }
  return coefficients;
}

interface Pairs {
  /** Difference of the terms, 8 per pair. */
  terms: Float32Array;
  /** Difference of the log luminance. */
  change: Float32Array;
  weight: Float32Array;
}

function collectPairs(views: readonly LitView[]): Pairs {
  const terms: number[] = [];
  const change: number[] = [];
  const weight: number[] = [];
  const here = new Float64Array(TERMS);
  const there = new Float64Array(TERMS);
  for (const view of views) {
    const { width, height, normals } = view;
    const { logLuminance, chroma } = measureColors(view);
    const stride = Math.max(2, Math.round((width / 256) * Math.sqrt(views.length)));
    for (const step of PAIR_STEPS) {
      for (let y = 0; y < height; y += stride) {
        for (let x = 0; x < width; x += stride) {
          const i = y * width + x;
          if (!(view.weight[i]! > 0)) continue;
          for (let axis = 0; axis < 2; axis++) {
            if ((axis === 0 ? x : y) + step >= (axis === 0 ? width : height)) continue;
            const j = axis === 0 ? i + step : i + step * width;
            const w = Math.min(view.weight[i]!, view.weight[j]!);
            if (!(w > 0)) continue;
            const du = chroma[2 * i]! - chroma[2 * j]!;
            const dv = chroma[2 * i + 1]! - chroma[2 * j + 1]!;
            const difference = logLuminance[i]! - logLuminance[j]!;
            if (!(Math.abs(difference) < 1)) continue;
            const alike = Math.exp(-(du * du + dv * dv) / (2 * CHROMA_SCALE * CHROMA_SCALE));
            if (alike < 0.01) continue;
            evaluateTerms(normals[3 * i]!, normals[3 * i + 1]!, normals[3 * i + 2]!, here);
            evaluateTerms(normals[3 * j]!, normals[3 * j + 1]!, normals[3 * j + 2]!, there);
            for (let k = 0; k < TERMS; k++) terms.push(here[k]! - there[k]!);
            change.push(difference);
            weight.push(alike * Math.sqrt(w));
          }
        }
      }
    }
  }
  return { terms: Float32Array.from(terms), change: Float32Array.from(change), weight: Float32Array.from(weight) };
}

/** Log of the linear luminance (NaN where too dark or transparent) and red and green shares of the linear colour. */
function measureColors({ pixels, weight }: LitView): { logLuminance: Float32Array; chroma: Float32Array } {
  const count = weight.length;
  const logLuminance = new Float32Array(count).fill(Number.NaN);
  const chroma = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    if (!(weight[i]! > 0) || pixels[4 * i + 3]! < 250) continue;
    const r = SRGB_TO_LINEAR[pixels[4 * i]!]!;
    const g = SRGB_TO_LINEAR[pixels[4 * i + 1]!]!;
    const b = SRGB_TO_LINEAR[pixels[4 * i + 2]!]!;
    const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    if (luminance < MIN_LUMINANCE) continue;
    logLuminance[i] = Math.log(luminance);
    const sum = r + g + b;
    chroma[2 * i] = r / sum;
    chroma[2 * i + 1] = g / sum;
  }
  return { logLuminance, chroma };
}

/** Solves a symmetric positive definite system (lower triangle given) by Cholesky's method, in place. */
function solveSymmetric(a: Float64Array, rhs: Float64Array, out: Float64Array): void {
  const n = rhs.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[n * i + j]!;
      for (let k = 0; k < j; k++) sum -= a[n * i + k]! * a[n * j + k]!;
      a[n * i + j] = i === j ? Math.sqrt(Math.max(1e-12, sum)) : sum / a[n * j + j]!;
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = rhs[i]!;
    for (let k = 0; k < i; k++) sum -= a[n * i + k]! * out[k]!;
    out[i] = sum / a[n * i + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = out[i]!;
    for (let k = i + 1; k < n; k++) sum -= a[n * k + i]! * out[k]!;
    out[i] = sum / a[n * i + i]!;
  }
}

/** Directions over the hemisphere that faces the camera, of which the brightest and the darkest are taken. */
const HEMISPHERE_SAMPLES = 256;
/** Cameras are set so that white in full light stays below clipping: at sRGB 244 of 255. */
const WHITE_EXPOSURE = 0.9;
/** Log range of the light over the hemisphere from which on it is a lamp's for sure; flat pictures are left alone. */
const LAMP_RANGE = 0.3;

/** Log of the light that a camera exposed as white. */
function whiteLevel(light: LightCoefficients): number {
  const terms = new Float64Array(TERMS);
  let brightest = -Infinity;
  let darkest = Infinity;
  for (let i = 0; i < HEMISPHERE_SAMPLES; i++) {
    const z = (i + 0.5) / HEMISPHERE_SAMPLES;
    const ring = Math.sqrt(1 - z * z);
    const turn = i * 2.399963;
    evaluateTerms(ring * Math.cos(turn), ring * Math.sin(turn), z, terms);
    const value = dotTerms(light, terms);
    brightest = Math.max(brightest, value);
    darkest = Math.min(darkest, value);
  }
  const evidence = Math.min(1, (brightest - darkest) / LAMP_RANGE);
  return brightest - evidence * Math.log(WHITE_EXPOSURE);
}

function dotTerms(light: LightCoefficients, terms: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < TERMS; k++) sum += light[k]! * terms[k]!;
  return sum;
}

/**
 * Log of the light on each pixel, 0 being what makes a white surface white in the picture.
 * Pixels off the mesh take the light of a surface that faces the camera.
 */
export function lightOnPixels(normals: Float32Array, light: LightCoefficients): Float32Array {
  const out = new Float32Array(normals.length / 3);
  const terms = new Float64Array(TERMS);
  const white = whiteLevel(light);
  evaluateTerms(0, 0, 1, terms);
  const frontal = dotTerms(light, terms) - white;
  for (let i = 0; i < out.length; i++) {
    const z = normals[3 * i + 2]!;
    if (z > 0) {
      evaluateTerms(normals[3 * i]!, normals[3 * i + 1]!, z, terms);
      out[i] = dotTerms(light, terms) - white;
    } else {
      out[i] = frontal;
    }
  }
  return out;
}

/**
 * Divides a picture by its light.
 * @param pixels 8-bit sRGB with alpha
 * @param logLight as `lightOnPixels` gives it
 * @param strength share of the light (of its logarithm) that is taken out, 0 to 1
 * @returns sRGB-encoded colour, 0 to 255, three per pixel
 */
export function flattenLighting(pixels: Uint8Array, logLight: Float32Array, strength: number): Float32Array {
  const out = new Float32Array(3 * logLight.length);
  let known = Number.NaN;
  let gain = 1;
  for (let i = 0; i < logLight.length; i++) {
    // the background repeats one value
    if (logLight[i]! !== known) {
      known = logLight[i]!;
      gain = Math.exp(-strength * known);
    }
    for (let k = 0; k < 3; k++) out[3 * i + k] = linearToSrgb(SRGB_TO_LINEAR[pixels[4 * i + k]!]! * gain);
  }
  return out;
}
