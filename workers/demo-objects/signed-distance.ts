/**
 * Signed distance functions for modelling: negative inside, in world units.
 * @see Quilez, "Distance functions", for the closed forms.
 */
export type Point = readonly [number, number, number];

export function sphere([x, y, z]: Point, [cx, cy, cz]: Point, radius: number): number {
  return Math.hypot(x - cx, y - cy, z - cz) - radius;
}

/** First-order distance to an ellipsoid; exact on its surface. */
export function ellipsoid([x, y, z]: Point, [cx, cy, cz]: Point, [rx, ry, rz]: Point): number {
  const [u, v, w] = [(x - cx) / rx, (y - cy) / ry, (z - cz) / rz];
  const k0 = Math.hypot(u, v, w);
  const k1 = Math.hypot(u / rx, v / ry, w / rz);
  return k1 === 0 ? -Math.min(rx, ry, rz) : (k0 * (k0 - 1)) / k1;
}

/** Box with half extents that include the rounding radius. */
export function roundedBox([x, y, z]: Point, [cx, cy, cz]: Point, [hx, hy, hz]: Point, radius: number): number {
  const qx = Math.abs(x - cx) - hx + radius;
  const qy = Math.abs(y - cy) - hy + radius;
  const qz = Math.abs(z - cz) - hz + radius;
  const outside = Math.hypot(Math.max(qx, 0), Math.max(qy, 0), Math.max(qz, 0));
  return outside + Math.min(Math.max(qx, qy, qz), 0) - radius;
}

/** Capsule between two points whose radius goes from `ra` to `rb`. */
export function capsule([x, y, z]: Point, a: Point, b: Point, ra: number, rb = ra): number {
  const [px, py, pz] = [x - a[0], y - a[1], z - a[2]];
  const [dx, dy, dz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const t = Math.min(1, Math.max(0, (px * dx + py * dy + pz * dz) / (dx * dx + dy * dy + dz * dz)));
  return Math.hypot(px - t * dx, py - t * dy, pz - t * dz) - (ra + t * (rb - ra));
}

/** Upright cylinder with rounded rims. */
export function cylinder(
  [x, y, z]: Point,
  [cx, cy, cz]: Point,
  radius: number,
  halfHeight: number,
  rounding: number,
): number {
  const r = Math.hypot(x - cx, z - cz) - radius + rounding;
  const h = Math.abs(y - cy) - halfHeight + rounding;
  return Math.hypot(Math.max(r, 0), Math.max(h, 0)) + Math.min(Math.max(r, h), 0) - rounding;
}

/** Torus around the axis `axis` (0 x, 1 y, 2 z). */
export function torus(p: Point, c: Point, axis: 0 | 1 | 2, ringRadius: number, tubeRadius: number): number {
  const d = [p[0] - c[0], p[1] - c[1], p[2] - c[2]] as const;
  const along = d[axis];
  const across = Math.sqrt(Math.max(0, d[0] ** 2 + d[1] ** 2 + d[2] ** 2 - along ** 2));
  return Math.hypot(across - ringRadius, along) - tubeRadius;
}

/** Union with a fillet of about `radius`. */
export function smoothUnion(a: number, b: number, radius: number): number {
  const h = Math.max(radius - Math.abs(a - b), 0) / radius;
  return Math.min(a, b) - (h * h * radius) / 4;
}
