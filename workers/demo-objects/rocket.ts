import type { DemoObject, Part } from './demo-object.ts';
import { capsule, cylinder, type Point, roundedBox, sphere } from './signed-distance.ts';

const WHITE: Point = [240, 238, 232];
const RED: Point = [214, 62, 56];
const DARK_RED: Point = [160, 40, 44];
const NAVY: Point = [44, 66, 112];
const GLASS: Point = [120, 200, 232];
const STEEL: Point = [120, 126, 136];

/** Radius of the hull at a height: an ogive nose on a slightly bellied body. */
function hullRadius(y: number): number {
  const t = Math.min(1, Math.max(0, (y + 0.62) / 1.57));
  return (
    0.36 * Math.sqrt(Math.max(0, 1 - t ** 2.6)) * (0.8 + 0.4 * Math.sin(Math.PI * Math.min(1, t * 1.1 + 0.12)) ** 1.5)
  );
}

const hull: Part = {
  distance: ([x, y, z]) => Math.max((Math.hypot(x, z) - hullRadius(y)) * 0.75, -0.62 - y, y - 0.95),
  color: ([, y]) => (y > 0.52 || (y > -0.4 && y < -0.3) ? RED : y > 0.48 && y <= 0.52 ? NAVY : WHITE),
};
const nozzle: Part = { distance: (p) => cylinder(p, [0, -0.68, 0], 0.22, 0.08, 0.02), color: STEEL };
/** A tube that lies on the hull, however the hull curves under it. */
const windowRing: Part = {
  distance: ([x, y, z]) =>
    Math.max(-z, 0.75 * (Math.hypot(Math.hypot(x, y - 0.2) - 0.13, Math.hypot(x, z) - hullRadius(y) - 0.012) - 0.038)),
  color: NAVY,
};
const windowGlass: Part = { distance: (p) => sphere(p, [0, 0.2, 0.3], 0.13), color: GLASS };
const rivet: Part = { distance: (p) => sphere(p, [0, -0.12, 0.41], 0.045), color: NAVY };

/** A swept fin at an angle around the axis, degrees from +Z. */
function fin(degrees: number): Part {
  const [s, c] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return {
    distance: ([x, y, z]) => {
      const local: Point = [x * c - z * s, y, x * s + z * c];
      const plate = roundedBox(local, [0, -0.6, 0.45], [0.05, 0.34, 0.24], 0.045);
      const sweep = (local[1] + 0.62 + (local[2] - 0.3) * 1.5 - 0.38) * 0.55;
      const foot = capsule(local, [0, -0.9, 0.6], [0, -0.86, 0.6], 0.06);
      return Math.min(Math.max(plate, sweep), foot);
    },
    color: ([, y]) => (y < -0.84 ? DARK_RED : RED),
  };
}

/** A toy rocket on four fins. */
export const rocket: DemoObject = {
  name: 'rocket',
  title: 'a toy rocket',
  parts: [hull, nozzle, windowRing, windowGlass, rivet, fin(45), fin(135), fin(225), fin(315)],
};
