import type { Mesh } from '../geometry/mesh.ts';
import { distanceToMask } from '../imaging/distance-transform.ts';
import type { PreparedView } from '../imaging/prepared-view.ts';
import { type RasterImage, rasterize } from './rasterize.ts';

/** How far each pixel of a picture may be believed, on the raster of the mesh in that picture. */
export interface WeighedView {
  raster: RasterImage;
  /** Unit normals in camera axes (right, up, toward), three per pixel; 0 on the background. */
  normals: Float32Array;
  /** Trust per pixel, 0 to 1; 0 on the background. */
  weight: Float32Array;
}

/**
 * Pixels nearer than this to a border of the mesh, of the picture's object, or to a depth jump show what the mesh does
 * not: shapes agree with pictures to a few pixels only. Share of the picture's side.
 */
const BORDER_SHARE = 6 / 768;
/** Weight that a pixel on such a border keeps: it still counts where nothing else sees the surface. */
const BORDER_WEIGHT = 0.02;
/** Power of the cosine between normal and line of sight: 4 lets views cross over within some 20 degrees. */
const COSINE_POWER = 4;
/** Surfaces turned away further than this (cosine) would be smeared along the line of sight. */
const MIN_COSINE = 0.2;
/** Neighbouring pixels farther apart in depth than this many pixel sides lie on different surfaces. */
const DEPTH_JUMP_PIXELS = 10;

/** @param mesh with normals */
export function weighView(mesh: Mesh, view: Pick<PreparedView, 'image' | 'camera'>): WeighedView {
  const { width, height, pixels } = view.image;
  const raster = rasterize(mesh.positions, mesh.indices, view.camera, width, height);
  const normals = interpolateNormals(mesh, raster, view.camera);
  const border = findBorders(raster, pixels, ((2 * view.camera.halfWidth) / width) * DEPTH_JUMP_PIXELS);
  const distance = distanceToMask(border, width, height);
  const reach = BORDER_SHARE * width;
  const weight = new Float32Array(width * height);
  for (let i = 0; i < weight.length; i++) {
    if (raster.faceId[i]! < 0) continue;
    const cosine = (normals[3 * i + 2]! - MIN_COSINE) / (1 - MIN_COSINE);
    if (!(cosine > 0)) continue;
    const t = Math.min(1, distance[i]! / reach);
    weight[i] = cosine ** COSINE_POWER * (BORDER_WEIGHT + (1 - BORDER_WEIGHT) * t * t * (3 - 2 * t));
  }
  return { raster, normals, weight };
}

function interpolateNormals(mesh: Mesh, raster: RasterImage, camera: PreparedView['camera']): Float32Array {
  const { indices, normals } = mesh;
  const { faceId, barycentrics } = raster;
  const { right: r, up: u, toward: t } = camera;
  const out = new Float32Array(3 * faceId.length);
  if (normals === undefined) return out;
  for (let i = 0; i < faceId.length; i++) {
    const face = faceId[i]!;
    if (face < 0) continue;
    const a = 3 * indices[3 * face]!;
    const b = 3 * indices[3 * face + 1]!;
    const c = 3 * indices[3 * face + 2]!;
    const wb = barycentrics[2 * i]!;
    const wc = barycentrics[2 * i + 1]!;
    const wa = 1 - wb - wc;
    const x = wa * normals[a]! + wb * normals[b]! + wc * normals[c]!;
    const y = wa * normals[a + 1]! + wb * normals[b + 1]! + wc * normals[c + 1]!;
    const z = wa * normals[a + 2]! + wb * normals[b + 2]! + wc * normals[c + 2]!;
    const scale = 1 / (Math.sqrt(x * x + y * y + z * z) || 1);
    out[3 * i] = (r[0] * x + r[1] * y + r[2] * z) * scale;
    out[3 * i + 1] = (u[0] * x + u[1] * y + u[2] * z) * scale;
    out[3 * i + 2] = (t[0] * x + t[1] * y + t[2] * z) * scale;
  }
  return out;
}

/** 1 where a pixel is background of the mesh or of the picture, or has a neighbour on another surface. */
function findBorders(raster: RasterImage, pixels: Uint8Array, depthJump: number): Uint8Array {
  const { width, height, faceId, depth } = raster;
  const border = new Uint8Array(faceId.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (faceId[i]! < 0 || pixels[4 * i + 3]! < 128) border[i] = 1;
      if (x + 1 < width && Math.abs(depth[i]! - depth[i + 1]!) > depthJump) border[i] = border[i + 1] = 1;
      if (y + 1 < height && Math.abs(depth[i]! - depth[i + width]!) > depthJump) border[i] = border[i + width] = 1;
    }
  }
  return border;
}
