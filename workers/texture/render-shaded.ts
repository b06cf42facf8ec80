/**
 * Preview pictures: physically based shading of a textured mesh under a soft three-point light, with a shadow of
 * the key light, screen-space ambient occlusion and a contact shadow on the ground. The light hangs on the camera,
 * so every view of a sheet is lit alike.
 */
import type { Mesh } from '../geometry/mesh.ts';
import { computeTangents } from '../geometry/vertex-tangents.ts';
import type { ImageRgba } from '../imaging/prepared-view.ts';
import { occludeAmbient } from './ambient-occlusion.ts';
import { type OrthographicCamera, orbitCamera, type Vec3 } from './camera.ts';
import { createGroundShadow, type GroundShadow } from './ground-shadow.ts';
import { halveImage } from './halve-image.ts';
import type { ImageRgb8 } from './image-rgb8.ts';
import { createKeyShadow, type KeyShadow } from './key-shadow.ts';
import { type RasterImage, rasterize } from './rasterize.ts';
import { linearToSrgb, SRGB_TO_LINEAR } from './srgb.ts';

/** Maps of a material; each may be left out. `metallicRoughness` and `normal` as in glTF. */
export interface PreviewTextures {
  baseColor?: ImageRgb8;
  metallicRoughness?: ImageRgb8;
  normal?: ImageRgb8;
}

export interface RenderOptions {
  /** Samples per pixel and axis. */
  supersample?: number;
  /** `studio` is a soft grey gradient with a contact shadow; `transparent` leaves both out. */
  background?: 'studio' | 'transparent';
}

/** Unit directions to the lights in camera axes (right, up, toward) and their linear RGB. */
const KEY_DIRECTION = normalize([-0.5, 0.62, 0.68]);
const KEY_COLOR: Vec3 = [2.15, 2.08, 1.98];
const FILL_DIRECTION = normalize([0.82, 0.12, 0.56]);
const FILL_COLOR: Vec3 = [0.5, 0.55, 0.62];
const RIM_DIRECTION = normalize([0.35, 0.6, -0.72]);
const RIM_COLOR: Vec3 = [0.9, 0.92, 1.0];
const SKY_COLOR: Vec3 = [0.52, 0.54, 0.57];
const GROUND_COLOR: Vec3 = [0.27, 0.255, 0.245];
const UNTEXTURED_ALBEDO = 0.6;
const DEFAULT_ROUGHNESS = 0.7;
/** Textures are halved until they are at most this many times as large as the picture: finer texels only flicker. */
const TEXELS_PER_PIXEL = 2.2;

/** One three-quarter view in a square picture. */
export function renderPreview(
  mesh: Mesh,
  textures: PreviewTextures,
  options: RenderOptions & { size?: number; azimuthDegrees?: number; elevationDegrees?: number } = {},
): ImageRgba {
  const { size = 512, azimuthDegrees = 32, elevationDegrees = 18 } = options;
  const camera = frameMesh(mesh, [orbitCamera(azimuthDegrees, elevationDegrees, 1)], 1.12)[0]!;
  return renderShaded(prepareScene(mesh, textures, size), camera, size, size, options);
}

/** Azimuth and elevation of the six pictures of a sheet, row by row. */
export const SHEET_VIEWS: readonly { name: string; azimuthDegrees: number; elevationDegrees: number }[] = [
  { name: 'front', azimuthDegrees: 0, elevationDegrees: 0 },
  { name: 'left', azimuthDegrees: 90, elevationDegrees: 0 },
  { name: 'three-quarter', azimuthDegrees: 35, elevationDegrees: 20 },
  { name: 'back', azimuthDegrees: 180, elevationDegrees: 0 },
  { name: 'right', azimuthDegrees: 270, elevationDegrees: 0 },
  { name: 'back three-quarter', azimuthDegrees: 215, elevationDegrees: 35 },
];

/** Six views at one scale in a 3 x 2 picture of tiles with `tileSize` pixels. */
export function renderSheet(
  mesh: Mesh,
  textures: PreviewTextures,
  options: RenderOptions & { tileSize?: number } = {},
): ImageRgba {
  const { tileSize = 320 } = options;
  const scene = prepareScene(mesh, textures, tileSize);
  const cameras = frameMesh(
    mesh,
    SHEET_VIEWS.map((view) => orbitCamera(view.azimuthDegrees, view.elevationDegrees, 1)),
    1.1,
  );
  const sheet: ImageRgba = { width: 3 * tileSize, height: 2 * tileSize, pixels: new Uint8Array(24 * tileSize ** 2) };
  cameras.forEach((camera, index) => {
    const tile = renderShaded(scene, camera, tileSize, tileSize, options);
    const left = (index % 3) * tileSize;
    const top = Math.floor(index / 3) * tileSize;
    for (let y = 0; y < tileSize; y++) {
      const row = tile.pixels.subarray(4 * y * tileSize, 4 * (y + 1) * tileSize);
      sheet.pixels.set(row, 4 * ((top + y) * sheet.width + left));
    }
  });
  return sheet;
}

/** Moves and widens square cameras to one scale at which each shows the whole mesh, `margin` times its extent. */
export function frameMesh(
  mesh: Pick<Mesh, 'positions'>,
  cameras: readonly OrthographicCamera[],
  margin: number,
): OrthographicCamera[] {
  const { positions } = mesh;
  let largest = 0;
  const targets = cameras.map(({ right, up, toward }) => {
    const target = [0, 0, 0];
    [right, up, toward].forEach((axis, k) => {
      let min = Infinity;
      let max = -Infinity;
      for (let i = 0; i < positions.length; i += 3) {
        const d = axis[0] * positions[i]! + axis[1] * positions[i + 1]! + axis[2] * positions[i + 2]!;
        if (d < min) min = d;
        if (d > max) max = d;
      }
      if (!(max >= min)) return;
      if (k < 2) largest = Math.max(largest, (max - min) / 2);
      for (let j = 0; j < 3; j++) target[j]! += (axis[j]! * (min + max)) / 2;
    });
    return target as unknown as Vec3;
  });
  const half = (largest || 1) * margin;
  return cameras.map((camera, i) => ({ ...camera, target: targets[i]!, halfWidth: half, halfHeight: half }));
}

/** A mesh with what all its renderings share. */
export interface Scene {
  mesh: Mesh;
  textures: PreviewTextures;
  /** xyzw per vertex as in glTF; only where a normal map needs them. */
  tangents: Float32Array | null;
}

/** @param size side of the pictures that are to be made */
export function prepareScene(mesh: Mesh, textures: PreviewTextures, size: number): Scene {
  const small: PreviewTextures = {};
  for (const key of ['baseColor', 'metallicRoughness', 'normal'] as const) {
    let image = textures[key];
    while (image !== undefined && image.width > TEXELS_PER_PIXEL * size) image = halveImage(image);
    if (image !== undefined && mesh.uvs !== undefined) small[key] = image;
  }
  const tangents = small.normal !== undefined && mesh.normals !== undefined ? computeTangents(mesh) : null;
  return { mesh, textures: small, tangents };
}

/**
 * Draws a scene with straight alpha, sRGB.
 * @param width, height of the result in pixels; the raster is `supersample` times larger
 */
export function renderShaded(
  scene: Scene,
  camera: OrthographicCamera,
  width: number,
  height: number,
  options: RenderOptions = {},
): ImageRgba {
  const { supersample = 2, background = 'studio' } = options;
  const { mesh } = scene;
  const raster = rasterize(mesh.positions, mesh.indices, camera, width * supersample, height * supersample);
  const keyToward = [0, 1, 2].map(
    (k) =>
      KEY_DIRECTION[0] * camera.right[k]! + KEY_DIRECTION[1] * camera.up[k]! + KEY_DIRECTION[2] * camera.toward[k]!,
  ) as unknown as Vec3;
  const light = new Float32Array(3 * raster.faceId.length);
  const plan = planShading(raster, camera, width, height, supersample);
  shadePixels(scene, camera, raster, plan, createKeyShadow(mesh, keyToward), light);
  const ground = background === 'studio' ? createGroundShadow(mesh) : null;
  return resolve(raster, plan, light, camera, ground);
}

/** What is computed once per pixel and not per sample. */
interface ShadingPlan {
  width: number;
  height: number;
  supersample: number;
  /** 1 where all samples of a pixel lie on one smooth piece of surface: shading the first of them is enough. */
  isSmooth: Uint8Array;
  /** Ambient light that reaches the pixel, 0 to 1. */
  ambient: Float32Array;
}

/** Samples of a pixel that differ in depth by more pixel sides than this lie on different surfaces. */
const SMOOTH_DEPTH_PIXELS = 3;

function planShading(
  raster: RasterImage,
  camera: OrthographicCamera,
  width: number,
  height: number,
  supersample: number,
): ShadingPlan {
  const isSmooth = new Uint8Array(width * height);
  const nearest = new Float32Array(width * height);
  const tolerance = (SMOOTH_DEPTH_PIXELS * 2 * camera.halfWidth) / width;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let near = -Infinity;
      let far = Infinity;
      for (let sy = 0; sy < supersample; sy++) {
        const row = (y * supersample + sy) * raster.width + x * supersample;
        for (let s = row; s < row + supersample; s++) {
          const z = raster.depth[s]!;
          if (z > near) near = z;
          if (z < far) far = z;
        }
      }
      isSmooth[y * width + x] = near - far < tolerance ? 1 : 0;
      nearest[y * width + x] = near;
    }
  }
  return { width, height, supersample, isSmooth, ambient: occludeAmbient(nearest, width, height, camera) };
}

/** Fills `light` with tone-mapped linear RGB per covered sample. */
function shadePixels(
  { mesh, textures, tangents }: Scene,
  camera: OrthographicCamera,
  raster: RasterImage,
  plan: ShadingPlan,
  keyShadow: KeyShadow,
  light: Float32Array,
): void {
  const { positions, indices, normals, uvs } = mesh;
  const { faceId, barycentrics } = raster;
  const { supersample } = plan;
  const r = camera.right;
  const u = camera.up;
  const t = camera.toward;
  const sample = [0, 0, 0];
  const color = [0, 0, 0];

  for (let pixel = 0; pixel < faceId.length; pixel++) {
    const face = faceId[pixel]!;
    if (face < 0) continue;
    const sampleX = pixel % raster.width;
    const sampleY = (pixel / raster.width) | 0;
    const target = ((sampleY / supersample) | 0) * plan.width + ((sampleX / supersample) | 0);
    if (plan.isSmooth[target] === 1 && (sampleX % supersample !== 0 || sampleY % supersample !== 0)) continue;
    const a = indices[3 * face]!;
    const b = indices[3 * face + 1]!;
    const c = indices[3 * face + 2]!;
    const wb = barycentrics[2 * pixel]!;
    const wc = barycentrics[2 * pixel + 1]!;
    const wa = 1 - wb - wc;

    // 1. surface: normal in world axes, material
    let nx: number;
    let ny: number;
    let nz: number;
    if (normals !== undefined) {
      nx = wa * normals[3 * a]! + wb * normals[3 * b]! + wc * normals[3 * c]!;
      ny = wa * normals[3 * a + 1]! + wb * normals[3 * b + 1]! + wc * normals[3 * c + 1]!;
      nz = wa * normals[3 * a + 2]! + wb * normals[3 * b + 2]! + wc * normals[3 * c + 2]!;
    } else {
      const e1x = positions[3 * b]! - positions[3 * a]!;
      const e1y = positions[3 * b + 1]! - positions[3 * a + 1]!;
      const e1z = positions[3 * b + 2]! - positions[3 * a + 2]!;
      const e2x = positions[3 * c]! - positions[3 * a]!;
      const e2y = positions[3 * c + 1]! - positions[3 * a + 1]!;
      const e2z = positions[3 * c + 2]! - positions[3 * a + 2]!;
      nx = e1y * e2z - e1z * e2y;
      ny = e1z * e2x - e1x * e2z;
      nz = e1x * e2y - e1y * e2x;
    }
    let length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
    nx /= length;
    ny /= length;
    nz /= length;

    let red = UNTEXTURED_ALBEDO;
    let green = UNTEXTURED_ALBEDO;
    let blue = UNTEXTURED_ALBEDO;
    let roughness = DEFAULT_ROUGHNESS;
    let metallic = 0;
    if (uvs !== undefined) {
      const texU = wa * uvs[2 * a]! + wb * uvs[2 * b]! + wc * uvs[2 * c]!;
      const texV = wa * uvs[2 * a + 1]! + wb * uvs[2 * b + 1]! + wc * uvs[2 * c + 1]!;
      if (textures.baseColor !== undefined) {
        sampleColor(textures.baseColor, texU, texV, color);
        red = color[0]!;
        green = color[1]!;
        blue = color[2]!;
      }
      if (textures.metallicRoughness !== undefined) {
        sampleData(textures.metallicRoughness, texU, texV, sample);
        roughness = sample[1]! / 255;
        metallic = sample[2]! / 255;
      }
      if (textures.normal !== undefined && tangents !== null) {
        sampleData(textures.normal, texU, texV, sample);
        const mx = sample[0]! / 127.5 - 1;
        const my = sample[1]! / 127.5 - 1;
        const mz = Math.max(0.05, sample[2]! / 127.5 - 1);
        const tx = wa * tangents[4 * a]! + wb * tangents[4 * b]! + wc * tangents[4 * c]!;
        const ty = wa * tangents[4 * a + 1]! + wb * tangents[4 * b + 1]! + wc * tangents[4 * c + 1]!;
        const tz = wa * tangents[4 * a + 2]! + wb * tangents[4 * b + 2]! + wc * tangents[4 * c + 2]!;
        const sign = tangents[4 * a + 3]!;
        const bx = sign * (ny * tz - nz * ty);
        const by = sign * (nz * tx - nx * tz);
        const bz = sign * (nx * ty - ny * tx);
        nx = nx * mz + tx * mx + bx * my;
        ny = ny * mz + ty * mx + by * my;
        nz = nz * mz + tz * mx + bz * my;
        length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
        nx /= length;
        ny /= length;
        nz /= length;
      }
    }

    // 2. light, in camera axes: the view direction is (0, 0, 1)
    const cx = nx * r[0] + ny * r[1] + nz * r[2];
    const cy = nx * u[0] + ny * u[1] + nz * u[2];
    const cz = Math.max(0.02, nx * t[0] + ny * t[1] + nz * t[2]);
    const worldX = wa * positions[3 * a]! + wb * positions[3 * b]! + wc * positions[3 * c]!;
    const worldY = wa * positions[3 * a + 1]! + wb * positions[3 * b + 1]! + wc * positions[3 * c + 1]!;
    const worldZ = wa * positions[3 * a + 2]! + wb * positions[3 * b + 2]! + wc * positions[3 * c + 2]!;
    const lit = keyShadow.visibility(worldX, worldY, worldZ);
    const ambient = plan.ambient[target]!;
    const alpha = Math.max(0.045, roughness * roughness);

    const diffuseShare = (1 - metallic) * 0.96;
    const key = shadeLight(KEY_DIRECTION, cx, cy, cz, alpha, 0.12);
    const keySpecular = specularTerm;
    const fill = shadeLight(FILL_DIRECTION, cx, cy, cz, alpha, 0.25);
    const fillSpecular = specularTerm;
    const rim = shadeLight(RIM_DIRECTION, cx, cy, cz, alpha, 0);
    const rimSpecular = specularTerm;
    const sky = 0.5 + 0.5 * cy;
    // ambient mirror direction of the view about the normal, blurred towards the normal by roughness
    const mirrorUp = 0.5 + 0.5 * (2 * cy * cz * (1 - roughness) + cy * roughness);
    const grazing = (1 - cz) ** 5 * (1 - roughness);

    for (let k = 0; k < 3; k++) {
      const albedo = k === 0 ? red : k === 1 ? green : blue;
      const base = 0.04 * (1 - metallic) + albedo * metallic;
      const ambientLight = GROUND_COLOR[k]! + (SKY_COLOR[k]! - GROUND_COLOR[k]!) * sky;
      const mirrorLight = GROUND_COLOR[k]! + (SKY_COLOR[k]! * 1.6 - GROUND_COLOR[k]!) * mirrorUp;
      const direct = KEY_COLOR[k]! * key * lit + FILL_COLOR[k]! * fill * (0.4 + 0.6 * ambient) + RIM_COLOR[k]! * rim;
      const gloss =
        KEY_COLOR[k]! * keySpecular * lit + FILL_COLOR[k]! * fillSpecular * ambient + RIM_COLOR[k]! * rimSpecular;
      const value =
        albedo * diffuseShare * (direct / Math.PI + ambientLight * ambient) +
        base * gloss +
        (base + (1 - base) * grazing * 0.6) * mirrorLight * ambient;
      light[3 * pixel + k] = toneMap(value);
    }
  }
}

/** Second result of `shadeLight`: the specular lobe without its Fresnel factor. */
let specularTerm = 0;

/**
 * Cosine term of one light, softened by `wrap` (0 is a point light), and the GGX lobe in `specularTerm`.
 * The view direction is (0, 0, 1).
 * @see Walter et al., Microfacet Models for Refraction through Rough Surfaces, EGSR 2007; Hammon's visibility fit, GDC 2017.
 */
function shadeLight(d: Vec3, nx: number, ny: number, nz: number, alpha: number, wrap: number): number {
  const cosine = nx * d[0] + ny * d[1] + nz * d[2];
  specularTerm = 0;
  const soft = (cosine + wrap) / (1 + wrap);
  if (cosine > 0) {
    const hx = d[0];
    const hy = d[1];
    const hz = d[2] + 1;
    const cosHalf = Math.max(0, (nx * hx + ny * hy + nz * hz) / Math.sqrt(hx * hx + hy * hy + hz * hz));
    const a2 = alpha * alpha;
    const q = cosHalf * cosHalf * (a2 - 1) + 1;
    const visibility = 0.5 / (alpha * (cosine + nz) + 2 * (1 - alpha) * cosine * nz + 1e-5);
    specularTerm = Math.min(8, (a2 / (Math.PI * q * q)) * visibility * cosine);
  }
  return Math.max(0, soft);
}

/** Identity up to 0.7, then a shoulder that stays below 1. */
function toneMap(value: number): number {
  if (value <= 0.7) return value;
  const over = (value - 0.7) / 0.3;
  return 0.7 + (0.3 * over) / (1 + over);
}

/** Averages the samples of each pixel in linear light and puts them over the background. */
function resolve(
  raster: RasterImage,
  { width, height, supersample, isSmooth }: ShadingPlan,
  light: Float32Array,
  camera: OrthographicCamera,
  ground: GroundShadow | null,
): ImageRgba {
  const pixels = new Uint8Array(4 * width * height);
  const total = supersample * supersample;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let covered = 0;
      const first = y * supersample * raster.width + x * supersample;
      if (isSmooth[y * width + x] === 1) {
        covered = total;
        red = total * light[3 * first]!;
        green = total * light[3 * first + 1]!;
        blue = total * light[3 * first + 2]!;
      }
      for (let sy = 0; sy < supersample && covered < total; sy++) {
        const row = first + sy * raster.width;
        for (let s = row; s < row + supersample; s++) {
          if (raster.faceId[s]! < 0) continue;
          covered++;
          red += light[3 * s]!;
          green += light[3 * s + 1]!;
          blue += light[3 * s + 2]!;
        }
      }
      const o = 4 * (y * width + x);
      if (ground !== null && covered < total) {
        const shade = studioBackdrop(x / width, y / height) * (1 - ground.darkness(camera, x / width, y / height));
        const share = total - covered;
        red += share * shade * 0.985;
        green += share * shade * 0.995;
        blue += share * shade * 1.01;
        covered = total;
      }
      if (covered === 0) continue;
      pixels[o] = Math.round(linearToSrgb(red / covered));
      pixels[o + 1] = Math.round(linearToSrgb(green / covered));
      pixels[o + 2] = Math.round(linearToSrgb(blue / covered));
      pixels[o + 3] = Math.round((255 * covered) / total);
    }
  }
  return { width, height, pixels };
}

/** Linear grey of the backdrop, brightest behind the upper middle; x and y in 0 to 1 from the upper left corner. */
function studioBackdrop(x: number, y: number): number {
  const dx = (x - 0.5) * 1.1;
  const dy = y - 0.42;
  return 0.87 - 0.5 * Math.min(1, dx * dx + dy * dy);
}

/** Bilinear sample in linear light, clamped to the image. */
function sampleColor(image: ImageRgb8, u: number, v: number, out: number[]): void {
  const { width, height, pixels } = image;
  const x = Math.min(width - 1, Math.max(0, u * width - 0.5));
  const y = Math.min(height - 1, Math.max(0, v * height - 0.5));
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const right = x0 + 1 < width ? 3 : 0;
  const below = y0 + 1 < height ? 3 * width : 0;
  const fx = x - x0;
  const fy = y - y0;
  const o = 3 * (y0 * width + x0);
  for (let k = 0; k < 3; k++) {
    const top = SRGB_TO_LINEAR[pixels[o + k]!]! * (1 - fx) + SRGB_TO_LINEAR[pixels[o + k + right]!]! * fx;
    const bottom =
      SRGB_TO_LINEAR[pixels[o + k + below]!]! * (1 - fx) + SRGB_TO_LINEAR[pixels[o + k + below + right]!]! * fx;
    out[k] = top * (1 - fy) + bottom * fy;
  }
}

/** Bilinear sample of bytes, clamped to the image. */
function sampleData(image: ImageRgb8, u: number, v: number, out: number[]): void {
  const { width, height, pixels } = image;
  const x = Math.min(width - 1, Math.max(0, u * width - 0.5));
  const y = Math.min(height - 1, Math.max(0, v * height - 0.5));
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const right = x0 + 1 < width ? 3 : 0;
  const below = y0 + 1 < height ? 3 * width : 0;
  const fx = x - x0;
  const fy = y - y0;
  const o = 3 * (y0 * width + x0);
  for (let k = 0; k < 3; k++) {
    const top = pixels[o + k]! * (1 - fx) + pixels[o + k + right]! * fx;
    const bottom = pixels[o + k + below]! * (1 - fx) + pixels[o + k + below + right]! * fx;
    out[k] = top * (1 - fy) + bottom * fy;
  }
}

function normalize(v: readonly [number, number, number]): Vec3 {
  const length = Math.hypot(v[0], v[1], v[2]);
  return [v[0] / length, v[1] / length, v[2] / length];
}
