import type { Mesh } from '../geometry/mesh.ts';
import type { OrthographicCamera, Vec3 } from './camera.ts';
import { rasterize } from './rasterize.ts';

/** Which points of a mesh a directional light reaches. */
export interface KeyShadow {
  /** Share of the light, 0 to 1, that reaches a world point; filtered over 3 x 3 map pixels. */
  visibility(x: number, y: number, z: number): number;
}

const MAP_SIZE = 384;
/** Depth slack as a multiple of a map pixel: hides the steps of surfaces that the light grazes. */
const BIAS_PIXELS = 2.5;

/** @param toward unit vector from the object to the light */
export function createKeyShadow(mesh: Pick<Mesh, 'positions' | 'indices'>, toward: Vec3): KeyShadow {
  const camera = lightCamera(mesh.positions, toward);
  const { depth } = rasterize(mesh.positions, mesh.indices, camera, MAP_SIZE, MAP_SIZE);
  const { right, up, target, halfWidth } = camera;
  const scale = MAP_SIZE / 2 / halfWidth;
  const bias = BIAS_PIXELS / scale;
  return {
    visibility(x, y, z) {
      const dx = x - target[0];
      const dy = y - target[1];
      const dz = z - target[2];
      const px = (right[0] * dx + right[1] * dy + right[2] * dz) * scale + MAP_SIZE / 2 - 0.5;
      const py = MAP_SIZE / 2 - (up[0] * dx + up[1] * dy + up[2] * dz) * scale - 0.5;
      const limit = toward[0] * dx + toward[1] * dy + toward[2] * dz + bias;
      const x0 = Math.floor(px);
      const y0 = Math.floor(py);
      if (x0 < 1 || y0 < 1 || x0 > MAP_SIZE - 3 || y0 > MAP_SIZE - 3) return 1;
      const fx = px - x0;
      const fy = py - y0;
      let sum = 0;
      // a box of 3 x 3 pixels that slides with the point: the outer columns and rows of 4 x 4 count in part
      for (let j = -1; j <= 2; j++) {
        const wy = j === -1 ? 1 - fy : j === 2 ? fy : 1;
        const row = (y0 + j) * MAP_SIZE + x0;
        sum +=
          wy *
          ((depth[row - 1]! > limit ? 0 : 1 - fx) +
            (depth[row]! > limit ? 0 : 1) +
            (depth[row + 1]! > limit ? 0 : 1) +
            (depth[row + 2]! > limit ? 0 : fx));
      }
      return sum / 9;
    },
  };
}

/** Looks along the light at the mesh's bounding sphere. */
function lightCamera(positions: Float32Array, toward: Vec3): OrthographicCamera {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i++) {
    const k = i % 3;
    if (positions[i]! < min[k]!) min[k] = positions[i]!;
    if (positions[i]! > max[k]!) max[k] = positions[i]!;
  }
  const target: Vec3 = [(min[0]! + max[0]!) / 2, (min[1]! + max[1]!) / 2, (min[2]! + max[2]!) / 2];
  const radius = Math.hypot(max[0]! - min[0]!, max[1]! - min[1]!, max[2]! - min[2]!) / 2 || 1;
  const helper: Vec3 = Math.abs(toward[1]) < 0.9 ? [0, 1, 0] : [0, 0, 1];
  const right = unit(cross(helper, toward));
  return { right, up: cross(toward, right), toward, target, halfWidth: radius * 1.02, halfHeight: radius * 1.02 };
}

function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function unit(v: Vec3): Vec3 {
  const length = Math.hypot(v[0], v[1], v[2]);
  return [v[0] / length, v[1] / length, v[2] / length];
}
