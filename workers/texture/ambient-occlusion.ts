import type { OrthographicCamera } from './camera.ts';
import type { RasterImage } from './rasterize.ts';

/** World radius within which surfaces darken each other. */
const RADIUS = 0.16;
const DIRECTIONS = 4;
const STEPS = 3;
/** Horizons below this sine come from the facets of the mesh, not from other parts. */
const MIN_HORIZON_SINE = 0.12;
const STRENGTH = 0.9;

/**
 * Ambient light that reaches each pixel, 0 to 1, from the depth image alone: along a few directions, turned from
 * pixel to pixel in a 4 x 4 pattern that supersampling averages, the highest horizon above the tangent plane.
 * @returns one value per pixel, 1 on the background
 * @see Bavoil and Sainz, Image-Space Horizon-Based Ambient Occlusion, SIGGRAPH 2008.
 */
export function occludeAmbient(raster: RasterImage, camera: OrthographicCamera): Float32Array {
  const { width, height, faceId, depth } = raster;
  const out = new Float32Array(faceId.length).fill(1);
  const pixelSize = (2 * camera.halfWidth) / width;
  const radius = Math.max(4, RADIUS / pixelSize);
  const offsets = createOffsets(radius);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const pixel = y * width + x;
      if (faceId[pixel]! < 0) continue;
      const z = depth[pixel]!;
      const slopeX = slope(depth[pixel - 1]!, z, depth[pixel + 1]!);
      const slopeY = slope(depth[pixel - width]!, z, depth[pixel + width]!);
      const pattern = ((x & 3) + 4 * (y & 3)) * DIRECTIONS * STEPS * 2;
      let sum = 0;
      for (let d = 0; d < DIRECTIONS; d++) {
        let horizon = MIN_HORIZON_SINE;
        for (let s = 0; s < STEPS; s++) {
          const o = pattern + 2 * (d * STEPS + s);
          const dx = offsets[o]!;
          const dy = offsets[o + 1]!;
          const sx = x + dx;
          const sy = y + dy;
          if (sx < 0 || sy < 0 || sx >= width || sy >= height) continue;
          const rise = depth[sy * width + sx]! - z - slopeX * dx - slopeY * dy;
          const run = Math.sqrt(dx * dx + dy * dy) * pixelSize;
          // a surface far in front is another object: its influence fades with distance
          if (!(rise > 0) || rise > 2 * RADIUS) continue;
          const sine = (rise / Math.sqrt(rise * rise + run * run)) * (1 - rise / (2 * RADIUS));
          if (sine > horizon) horizon = sine;
        }
        sum += horizon - MIN_HORIZON_SINE;
      }
      out[pixel] = 1 - (STRENGTH * sum) / DIRECTIONS;
    }
  }
  return out;
}

/** Depth change per pixel from the side that is the smoother one: the other may be another surface. */
function slope(before: number, here: number, after: number): number {
  const left = here - before;
  const right = after - here;
  const best = Math.abs(left) < Math.abs(right) ? left : right;
  return Number.isFinite(best) ? best : 0;
}

/** Pixel offsets for the 16 places of the pattern: a golden-angle turn and a jitter of the radius each. */
function createOffsets(radius: number): Int32Array {
  const out = new Int32Array(16 * DIRECTIONS * STEPS * 2);
  let o = 0;
  for (let place = 0; place < 16; place++) {
    const turn = place * 2.399963;
    const jitter = ((place * 7) % 16) / 16;
    for (let d = 0; d < DIRECTIONS; d++) {
      const angle = turn + (2 * Math.PI * d) / DIRECTIONS;
      for (let s = 0; s < STEPS; s++) {
        const reach = radius * ((s + 0.4 + 0.6 * jitter) / STEPS) ** 1.5;
        out[o++] = Math.round(Math.cos(angle) * Math.max(1.5, reach));
        out[o++] = Math.round(Math.sin(angle) * Math.max(1.5, reach));
      }
    }
  }
  return out;
}
