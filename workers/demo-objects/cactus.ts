import { type DemoObject, mirrored, type Part } from './demo-object.ts';
import { capsule, cylinder, ellipsoid, type Point, smoothUnion, sphere, torus } from './signed-distance.ts';

const GREEN: Point = [92, 158, 84];
const PALE_GREEN: Point = [142, 194, 112];
const TERRACOTTA: Point = [206, 110, 72];
const RIM: Point = [226, 138, 96];
const SOIL: Point = [96, 68, 52];
const PETAL: Point = [236, 96, 140];
const PISTIL: Point = [250, 206, 90];
const BLACK: Point = [40, 36, 40];
const WHITE: Point = [250, 248, 244];
const BLUSH: Point = [232, 140, 120];

const RIBS = 10;

/** Light stripes along the ribs of the body. */
function ribColor([x, , z]: Point): Point {
  return Math.cos(Math.atan2(x, z) * RIBS) > 0.8 ? PALE_GREEN : GREEN;
}

const body: Part = {
  distance: (p) => {
    const ribs = 0.012 * Math.cos(Math.atan2(p[0], p[2]) * RIBS);
    return ellipsoid(p, [0, 0.1, 0], [0.36, 0.62, 0.36]) - ribs;
  },
  color: ribColor,
};
const leftArm: Part = {
  distance: (p) =>
    smoothUnion(
      capsule(p, [0.3, 0.05, 0], [0.52, 0.1, 0], 0.11),
      capsule(p, [0.54, 0.12, 0], [0.56, 0.36, 0], 0.12, 0.1),
      0.08,
    ),
  color: GREEN,
};
const rightArm: Part = {
  distance: (p) =>
    smoothUnion(
      capsule(p, [-0.28, 0.25, 0], [-0.46, 0.3, 0], 0.09),
      capsule(p, [-0.48, 0.32, 0], [-0.49, 0.5, 0], 0.1, 0.085),
      0.07,
    ),
  color: PALE_GREEN,
};
const eye: Part = { distance: (p) => sphere(p, [0.12, 0.2, 0.33], 0.055), color: BLACK };
const glint: Part = { distance: (p) => sphere(p, [0.133, 0.222, 0.375], 0.017), color: WHITE };
const cheek: Part = { distance: (p) => ellipsoid(p, [0.2, 0.1, 0.315], [0.05, 0.033, 0.02]), color: BLUSH };
const mouth: Part = {
  distance: (p) =>
    Math.min(
      capsule(p, [-0.045, 0.12, 0.365], [0, 0.098, 0.37], 0.014),
      capsule(p, [0, 0.098, 0.37], [0.045, 0.12, 0.365], 0.014),
    ),
  color: BLACK,
};
const petals: Part = {
  distance: (p) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 6; i++) {
      const angle = (i * Math.PI) / 3;
      nearest = Math.min(
        nearest,
        ellipsoid(p, [0.11 * Math.sin(angle), 0.76, 0.11 * Math.cos(angle)], [0.1, 0.06, 0.1]),
      );
    }
    return nearest;
  },
  color: PETAL,
};
const pistil: Part = { distance: (p) => sphere(p, [0, 0.8, 0], 0.07), color: PISTIL };
const pot: Part = {
  distance: (p) => {
    const taper = 0.4 + 0.1 * Math.min(1, Math.max(0, (p[1] + 0.95) / 0.45));
    return cylinder(p, [0, -0.72, 0], taper, 0.23, 0.04) * 0.9;
  },
  color: ([x, y, z]) => (y > -0.74 && y < -0.66 && Math.cos(Math.atan2(x, z) * 12) > 0 ? RIM : TERRACOTTA),
};
const rim: Part = { distance: (p) => torus(p, [0, -0.49, 0], 1, 0.47, 0.075), color: RIM };
const soil: Part = { distance: (p) => cylinder(p, [0, -0.5, 0], 0.45, 0.04, 0.01), color: SOIL };

/** A cheerful cactus with a flower, in a pot. */
export const cactus: DemoObject = {
  name: 'cactus',
  title: 'a potted cactus',
  parts: [
    body,
    leftArm,
    rightArm,
    eye,
    mirrored(eye),
    glint,
    mirrored({ ...glint, distance: (p) => sphere(p, [0.107, 0.222, 0.375], 0.017) }),
    cheek,
    mirrored(cheek),
    mouth,
    petals,
    pistil,
    pot,
    rim,
    soil,
  ],
};
