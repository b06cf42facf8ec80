import type { OrthographicCamera } from './camera.ts';

/** A picture ready to be sampled at points of the surface. */
export interface ProjectableView {
  camera: OrthographicCamera;
  width: number;
  height: number;
  /** sRGB-encoded colour, 0 to 255, three per pixel. */
  color: Float32Array;
  /** Depth of the mesh per pixel as `rasterize` gives it. */
  depth: Float32Array;
  /** Trust per pixel, 0 to 1. */
  weight: Float32Array;
}

/** Depth slack in pixel sides for points on surfaces that slope within a pixel. */
const DEPTH_SLACK_PIXELS = 1.5;
/** Views with less trust than this add nothing. */
const MIN_WEIGHT = 1e-4;

/**
 * Mean colour of a surface point over the views that see it, weighted by their trust.
 * @param out receives sRGB-encoded RGB, 0 to 255; untouched where no view sees the point
 * @returns the sum of the weights, 0 where no view sees the point
 */
export function blendViews(
  views: readonly ProjectableView[],
  x: number,
  y: number,
  z: number,
  out: Float32Array | number[],
): number {
  let total = 0;
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let v = 0; v < views.length; v++) {
    const view = views[v]!;
    const weight = trustAt(view, x, y, z);
    if (weight < MIN_WEIGHT) continue;
    sampleCubic(view, located[0]!, located[1]!);
    total += weight;
    red += weight * sampled[0]!;
    green += weight * sampled[1]!;
    blue += weight * sampled[2]!;
  }
  if (total > 0) {
    out[0] = red / total;
    out[1] = green / total;
    out[2] = blue / total;
  }
  return total;
}

/** Where `trustAt` found a point, in pixels with sample centres on whole numbers. */
const located = new Float64Array(2);
const sampled = new Float64Array(3);

/** Trust of a view in a point of the surface: 0 where it lies outside of the picture or behind another surface. */
export function trustAt(view: ProjectableView, x: number, y: number, z: number): number {
  const { camera, width, height, depth, weight } = view;
  const { right, up, toward, target } = camera;
  const dx = x - target[0];
  const dy = y - target[1];
  const dz = z - target[2];
  const px = ((right[0] * dx + right[1] * dy + right[2] * dz) / camera.halfWidth + 1) * (width / 2) - 0.5;
  const py = (1 - (up[0] * dx + up[1] * dy + up[2] * dz) / camera.halfHeight) * (height / 2) - 0.5;
  const x0 = Math.floor(px);
  const y0 = Math.floor(py);
  if (!(x0 >= 0 && y0 >= 0 && x0 < width - 1 && y0 < height - 1)) return 0;
  const o = y0 * width + x0;
  const fx = px - x0;
  const fy = py - y0;
  const trust =
    (weight[o]! * (1 - fx) + weight[o + 1]! * fx) * (1 - fy) +
    (weight[o + width]! * (1 - fx) + weight[o + width + 1]! * fx) * fy;
  if (trust < MIN_WEIGHT) return 0;
  // the farthest of the four depths: a slope within the footprint is no occluder
  const farthest = Math.min(depth[o]!, depth[o + 1]!, depth[o + width]!, depth[o + width + 1]!);
  const slack = (DEPTH_SLACK_PIXELS * 2 * camera.halfWidth) / width;
  if (toward[0] * dx + toward[1] * dy + toward[2] * dz < farthest - slack) return 0;
  located[0] = px;
  located[1] = py;
  return trust;
}

/** Catmull-Rom sample into `sampled`, kept within the range of the four nearest pixels: no ringing at hard edges. */
function sampleCubic(view: ProjectableView, px: number, py: number): void {
  const { width, height, color } = view;
  const x0 = Math.floor(px);
  const y0 = Math.floor(py);
  const fx = px - x0;
  const fy = py - y0;
  const wx0 = fx * (-0.5 + fx * (1 - 0.5 * fx));
  const wx1 = 1 + fx * fx * (1.5 * fx - 2.5);
  const wx2 = fx * (0.5 + fx * (2 - 1.5 * fx));
  const wx3 = fx * fx * (0.5 * fx - 0.5);
  const wy0 = fy * (-0.5 + fy * (1 - 0.5 * fy));
  const wy1 = 1 + fy * fy * (1.5 * fy - 2.5);
  const wy2 = fy * (0.5 + fy * (2 - 1.5 * fy));
  const wy3 = fy * fy * (0.5 * fy - 0.5);
  const c0 = 3 * Math.max(0, x0 - 1);
  const c1 = 3 * x0;
  const c2 = 3 * Math.min(width - 1, x0 + 1);
  const c3 = 3 * Math.min(width - 1, x0 + 2);
  const r0 = 3 * width * Math.max(0, y0 - 1);
  const r1 = 3 * width * y0;
  const r2 = 3 * width * Math.min(height - 1, y0 + 1);
  const r3 = 3 * width * Math.min(height - 1, y0 + 2);
  for (let k = 0; k < 3; k++) {
    const a = color[r1 + c1 + k]!;
    const b = color[r1 + c2 + k]!;
    const c = color[r2 + c1 + k]!;
    const d = color[r2 + c2 + k]!;
    const value =
      wy0 *
        (wx0 * color[r0 + c0 + k]! +
          wx1 * color[r0 + c1 + k]! +
          wx2 * color[r0 + c2 + k]! +
          wx3 * color[r0 + c3 + k]!) +
      wy1 * (wx0 * color[r1 + c0 + k]! + wx1 * a + wx2 * b + wx3 * color[r1 + c3 + k]!) +
      wy2 * (wx0 * color[r2 + c0 + k]! + wx1 * c + wx2 * d + wx3 * color[r2 + c3 + k]!) +
      wy3 *
        (wx0 * color[r3 + c0 + k]! + wx1 * color[r3 + c1 + k]! + wx2 * color[r3 + c2 + k]! + wx3 * color[r3 + c3 + k]!);
    sampled[k] = Math.min(Math.max(a, b, c, d), Math.max(Math.min(a, b, c, d), value));
  }
}
