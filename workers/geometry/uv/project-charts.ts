import type { ChartSurface } from './chart-surface.ts';
import { AXIS_DIRECTIONS } from './label-faces.ts';

/** Charts whose mean normal is this near to an axis (cosine; 20 degrees) are projected along the axis exactly. */
const AXIS_SNAP_COSINE = 0.94;

/**
 * Projects every chart onto the plane across its mean normal, or across the axis next to it: an upright, undistorted
 * copy of what a camera on that axis sees. World units; u to the right and v up as seen from outside.
 *
 * @param meanNormals unit normal per chart
 * @returns two numbers per local vertex
 */
export function projectCharts(positions: Float32Array, surface: ChartSurface, meanNormals: Float64Array): Float64Array {
  const { corners, chart, sourceVertex } = surface;
  const uv = new Float64Array(sourceVertex.length * 2);
  const frame = new Float64Array(6);
  let framed = -1;
  for (let h = 0; h < corners.length; h++) {
    const c = chart[(h / 3) | 0]!;
    if (c !== framed) {
      chartFrame(meanNormals[3 * c]!, meanNormals[3 * c + 1]!, meanNormals[3 * c + 2]!, frame);
      framed = c;
    }
    const vertex = corners[h]!;
    const p = 3 * sourceVertex[vertex]!;
    const x = positions[p]!;
    const y = positions[p + 1]!;
    const z = positions[p + 2]!;
    uv[2 * vertex] = frame[0]! * x + frame[1]! * y + frame[2]! * z;
    uv[2 * vertex + 1] = frame[3]! * x + frame[4]! * y + frame[5]! * z;
  }
  return uv;
}

/** Writes the right and up vectors of a camera that looks against the normal; up is +Y, or away from +Z from above. */
function chartFrame(nx: number, ny: number, nz: number, frame: Float64Array): void {
  let [x, y, z] = [nx, ny, nz];
  for (const [ax, ay, az] of AXIS_DIRECTIONS) {
    if (ax * nx + ay * ny + az * nz >= AXIS_SNAP_COSINE) [x, y, z] = [ax, ay, az];
  }
  // Up is +Y as far as it lies in the plane; a chart that faces up or down takes -Z or +Z instead.
  const [ux, uy, uz] = Math.abs(y) > AXIS_SNAP_COSINE ? [0, 0, -Math.sign(y)] : [0, 1, 0];
  let rx = uy * z - uz * y;
  let ry = uz * x - ux * z;
  let rz = ux * y - uy * x;
  const length = Math.hypot(rx, ry, rz) || 1;
  rx /= length;
  ry /= length;
  rz /= length;
  frame[0] = rx;
  frame[1] = ry;
  frame[2] = rz;
  frame[3] = y * rz - z * ry;
  frame[4] = z * rx - x * rz;
  frame[5] = x * ry - y * rx;
}
