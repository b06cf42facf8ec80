/**
 * Guesses roughness and metalness from pictures, low in detail and conservative.
 *
 * What a picture shows beyond colour and diffuse light is gloss: spots that are brighter than their surroundings and
 * less colourful, because a highlight has the colour of the lamp. Their strength lowers the roughness of the surface
 * around them. A surface is taken for metal only where highlights are strong and come with deep dark places next to
 * them (a mirror image of bright and dark surroundings) and where the colour between is grey or yellowish, as metals
 * are. Without such evidence the material is a rough dielectric, which looks right under every light.
 */
import { boxBlur } from './box-blur.ts';
import { SRGB_TO_LINEAR } from './srgb.ts';

export interface MaterialPicture {
  width: number;
  height: number;
  /** 8-bit sRGB with alpha, four per pixel. */
  pixels: Uint8Array;
  /** Log of the light on each pixel, as `lightOnPixels` gives it; what is left after it is paint and gloss. */
  logLight: Float32Array;
  /** Trust per pixel, 0 to 1. */
  weight: Float32Array;
}

export interface MaterialMap {
  width: number;
  height: number;
  /** Roughness and metalness, 0 to 1, two per pixel. */
  values: Float32Array;
}

export const DEFAULT_ROUGHNESS = 0.78;
export const DEFAULT_METALLIC = 0;
const LOWEST_ROUGHNESS = 0.3;
const HIGHEST_METALLIC = 0.85;
/** Radius of the surroundings that a spot is compared with, and of the area that it speaks for; share of the side. */
const SURROUNDINGS_SHARE = 0.035;
/** Log luminance above the surroundings from which a pale spot counts as a highlight. */
const HIGHLIGHT_LOG = 0.25;
/** Mean highlight energy (log units) of the glossiest surfaces. */
const FULL_GLOSS = 0.12;
/** Deviation of the log luminance around metals. */
const METAL_CONTRAST = 0.45;

/**
 * Works on every second pixel of every second row: the maps are smooth.
 * @returns a map half as wide and high, the defaults where the picture gives no evidence
 */
export function estimateMaterial(picture: MaterialPicture): MaterialMap {
  const { pixels, logLight, weight } = picture;
  const width = picture.width >> 1;
  const height = picture.height >> 1;
  const count = width * height;
  const covered = new Float32Array(count);
  const luminance = new Float32Array(count);
  const squared = new Float32Array(count);
  const saturation = new Float32Array(count);
  const warmth = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const from = 2 * Math.floor(i / width) * picture.width + 2 * (i % width);
    if (!(weight[from]! > 0) || pixels[4 * from + 3]! < 250) continue;
    const r = SRGB_TO_LINEAR[pixels[4 * from]!]!;
    const g = SRGB_TO_LINEAR[pixels[4 * from + 1]!]!;
    const b = SRGB_TO_LINEAR[pixels[4 * from + 2]!]!;
    const y = Math.log(0.2126 * r + 0.7152 * g + 0.0722 * b + 0.004) - logLight[from]!;
    covered[i] = 1;
    luminance[i] = y;
    squared[i] = y * y;
    const largest = Math.max(r, g, b, 1e-4);
    saturation[i] = 1 - Math.min(r, g, b) / largest;
    // gold, brass and copper: red over green over blue, but far from pure red
    warmth[i] = r >= g && g >= b && g > 0.4 * r ? 1 : 0;
  }
  const radius = Math.max(2, Math.round(SURROUNDINGS_SHARE * width));
  const area = blur(covered, width, height, radius);
  const meanLuminance = blur(luminance, width, height, radius);
  const meanSquared = blur(squared, width, height, radius);
  const meanSaturation = blur(saturation, width, height, radius);
  const meanWarmth = blur(warmth, width, height, radius);

  const energy = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    if (covered[i] === 0) continue;
    const excess = luminance[i]! - meanLuminance[i]! / area[i]! - HIGHLIGHT_LOG;
    const paler = meanSaturation[i]! / area[i]! - saturation[i]!;
    // grey surfaces cannot become paler: there the brightness alone counts, at half weight
    const grey = 1 - Math.min(1, meanSaturation[i]! / area[i]! / 0.15);
    if (excess > 0) energy[i] = excess * Math.max(Math.min(1, Math.max(0, paler) / 0.1), 0.5 * grey);
  }
  const meanEnergy = blur(energy, width, height, radius);

  const out = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    out[2 * i] = DEFAULT_ROUGHNESS;
    out[2 * i + 1] = DEFAULT_METALLIC;
    if (covered[i] === 0 || !(area[i]! > 0.05)) continue;
    const gloss = Math.min(1, meanEnergy[i]! / area[i]! / FULL_GLOSS);
    const mean = meanLuminance[i]! / area[i]!;
    const deviation = Math.sqrt(Math.max(0, meanSquared[i]! / area[i]! - mean * mean));
    const contrast = smoothStep((deviation / METAL_CONTRAST - 0.5) * 2);
    const pale = meanSaturation[i]! / area[i]!;
    const golden =
      Math.max(0, (2 * meanWarmth[i]!) / area[i]! - 1) * (1 - Math.min(1, Math.abs(pale - 0.6) / 0.3)) * 0.6;
    const metalColor = Math.max(1 - Math.min(1, pale / 0.25), golden);
    out[2 * i] = DEFAULT_ROUGHNESS + gloss * (LOWEST_ROUGHNESS - DEFAULT_ROUGHNESS);
    out[2 * i + 1] = HIGHEST_METALLIC * smoothStep(gloss * 1.5 - 0.5) * contrast * metalColor;
  }
  return { width, height, values: out };
}

function smoothStep(t: number): number {
  const x = Math.min(1, Math.max(0, t));
  return x * x * (3 - 2 * x);
}

/** Two sliding means over squares of side 2 * radius + 1; what lies outside of the picture counts as 0. */
function blur(src: Float32Array, width: number, height: number, radius: number): Float32Array {
  return boxBlur(boxBlur(src, width, height, radius), width, height, radius);
}
