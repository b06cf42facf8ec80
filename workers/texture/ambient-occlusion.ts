import type { OrthographicCamera } from './camera.ts';

/** World radius within which surfaces darken each other. */
const RADIUS = 0.16;
const DIRECTIONS = 4;
const STEPS = 3;
/** Horizons below this sine come from the facets of the mesh, not from other parts. */
const MIN_HORIZON_SINE = 0.12;
const STRENGTH = 0.9;

/**
 * Ambient light that reaches each pixel, 0 to 1, from the depth image alone: along a few directions, turned from
 * pixel to pixel in a 4 x 4 pattern that the mean over 4 x 4 pixels of one surface hides, the highest horizon above the
 * tangent plane.
 * @param depth larger is nearer, -Infinity on the background
 * @returns one value per pixel, 1 on the background
 * @see Bavoil and Sainz, Image-Space Horizon-Based Ambient Occlusion, SIGGRAPH 2008.
 */
export function occludeAmbient(
  depth: Float32Array,
  width: number,
  height: number,
  camera: OrthographicCamera,
): Float32Array {
  const raw = new Float32Array(depth.length).fill(1);
  const pixelSize = (2 * camera.halfWidth) / width;
  const offsets = createOffsets(Math.max(4, RADIUS / pixelSize));
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const pixel = y * width + x;
      const z = depth[pixel]!;
      if (z === -Infinity) continue;
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
          // a surface far in front is another object: its influence fades with distance
          if (!(rise > 0) || rise > 2 * RADIUS) continue;
          const run = Math.sqrt(dx * dx + dy * dy) * pixelSize;
          const sine = (rise / Math.sqrt(rise * rise + run * run)) * (1 - rise / (2 * RADIUS));
          if (sine > horizon) horizon = sine;
        }
        sum += horizon - MIN_HORIZON_SINE;
      }
      raw[pixel] = 1 - (STRENGTH * sum) / DIRECTIONS;
    }
  }
  return averagePattern(raw, depth, width, height, 4 * pixelSize);
}

/** Mean over 4 x 4 pixels, leaving out those on another surface. */
function averagePattern(
  raw: Float32Array,
  depth: Float32Array,
  width: number,
  height: number,
  tolerance: number,
): Float32Array {
  const out = raw.slice();
  for (let y = 2; y < height - 2; y++) {
    for (let x = 2; x < width - 2; x++) {
      const pixel = y * width + x;
      const z = depth[pixel]!;
      if (z === -Infinity) continue;
      let sum = 0;
      let count = 0;
      for (let j = pixel - 2 * width; j < pixel + 2 * width; j += width) {
        for (let i = j - 2; i < j + 2; i++) {
          if (Math.abs(depth[i]! - z) > tolerance) continue;
          sum += raw[i]!;
          count++;
        }
      }
      out[pixel] = sum / count;
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
