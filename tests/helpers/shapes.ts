import type { ScalarField } from '../../workers/geometry/mesh.ts';

/** Positive inside, about the distance to the surface. */
export type ImplicitShape = (x: number, y: number, z: number) => number;

/** Samples a shape on n^3 corners of the cube [-halfSize, halfSize]^3. */
export function sampleField(shape: ImplicitShape, n: number, halfSize = 1.1): ScalarField {
  const values = new Float32Array(n ** 3);
  const spacing = (2 * halfSize) / (n - 1);
  let index = 0;
  for (let z = 0; z < n; z++) {
    for (let y = 0; y < n; y++) {
      for (let x = 0; x < n; x++) {
        values[index++] = shape(x * spacing - halfSize, y * spacing - halfSize, z * spacing - halfSize);
      }
    }
  }
  return { values, dims: [n, n, n], origin: [-halfSize, -halfSize, -halfSize], spacing };
}

export const sphere =
  (radius: number, cx = 0, cy = 0, cz = 0): ImplicitShape =>
  (x, y, z) =>
    radius - Math.hypot(x - cx, y - cy, z - cz);

/** A torus around the y axis. */
export const torus =
  (majorRadius: number, minorRadius: number): ImplicitShape =>
  (x, y, z) =>
    minorRadius - Math.hypot(Math.hypot(x, z) - majorRadius, y);

export const box =
  (hx: number, hy: number, hz: number): ImplicitShape =>
  (x, y, z) => {
    const [dx, dy, dz] = [Math.abs(x) - hx, Math.abs(y) - hy, Math.abs(z) - hz];
    return -Math.hypot(Math.max(dx, 0), Math.max(dy, 0), Math.max(dz, 0)) - Math.min(Math.max(dx, dy, dz), 0);
  };

/** A tube with round ends between two points. */
export const capsule =
  (radius: number, a: readonly [number, number, number], b: readonly [number, number, number]): ImplicitShape =>
  (x, y, z) => {
    const [ux, uy, uz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
    const [px, py, pz] = [x - a[0], y - a[1], z - a[2]];
    const t = Math.min(1, Math.max(0, (px * ux + py * uy + pz * uz) / (ux * ux + uy * uy + uz * uz)));
    return radius - Math.hypot(px - t * ux, py - t * uy, pz - t * uz);
  };

/** A curved sheet of the given thickness that fills the unit sphere with tunnels. */
export const gyroidSheet =
  (thickness: number, frequency: number): ImplicitShape =>
  (x, y, z) => {
    const [a, b, c] = [frequency * x, frequency * y, frequency * z];
    const value = Math.sin(a) * Math.cos(b) + Math.sin(b) * Math.cos(c) + Math.sin(c) * Math.cos(a);
    return Math.min(thickness / 2 - Math.abs(value) / frequency, 1 - Math.hypot(x, y, z));
  };

export const union =
  (...shapes: ImplicitShape[]): ImplicitShape =>
  (x, y, z) => {
    let best = Number.NEGATIVE_INFINITY;
    for (const shape of shapes) best = Math.max(best, shape(x, y, z));
    return best;
  };

export const subtract =
  (shape: ImplicitShape, hole: ImplicitShape): ImplicitShape =>
  (x, y, z) =>
    Math.min(shape(x, y, z), -hole(x, y, z));
