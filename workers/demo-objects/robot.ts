import { type DemoObject, mirrored, type Part } from './demo-object.ts';
import { capsule, cylinder, ellipsoid, type Point, roundedBox, smoothUnion, sphere, torus } from './signed-distance.ts';

const SHELL: Point = [236, 232, 222];
const TEAL: Point = [38, 150, 156];
const ORANGE: Point = [240, 128, 50];
const DARK: Point = [52, 58, 70];
const GLOW: Point = [122, 236, 240];
const STEEL: Point = [150, 158, 168];
const BLUSH: Point = [247, 160, 140];

const head: Part = { distance: (p) => roundedBox(p, [0, 0.42, 0], [0.46, 0.33, 0.36], 0.2), color: SHELL };
const face: Part = { distance: (p) => roundedBox(p, [0, 0.42, 0.27], [0.36, 0.22, 0.12], 0.1), color: DARK };
const eye: Part = { distance: (p) => ellipsoid(p, [0.15, 0.46, 0.385], [0.065, 0.085, 0.025]), color: GLOW };
const cheek: Part = { distance: (p) => ellipsoid(p, [0.25, 0.33, 0.38], [0.05, 0.03, 0.02]), color: BLUSH };
const mouth: Part = {
  distance: (p) =>
    Math.min(
      capsule(p, [-0.07, 0.335, 0.39], [0, 0.31, 0.395], 0.016),
      capsule(p, [0, 0.31, 0.395], [0.07, 0.335, 0.39], 0.016),
    ),
  color: GLOW,
};
const ear: Part = { distance: (p) => capsule(p, [0.43, 0.42, 0], [0.52, 0.42, 0], 0.12, 0.1), color: TEAL };
const antenna: Part = { distance: (p) => capsule(p, [0, 0.72, 0], [0, 0.88, 0], 0.028), color: STEEL };
const bulb: Part = { distance: (p) => sphere(p, [0, 0.91, 0], 0.08), color: ORANGE };
const neck: Part = { distance: (p) => cylinder(p, [0, 0.06, 0], 0.15, 0.08, 0.02), color: STEEL };

const body: Part = {
  distance: (p) =>
    smoothUnion(ellipsoid(p, [0, -0.28, 0], [0.37, 0.36, 0.31]), cylinder(p, [0, -0.1, 0], 0.26, 0.12, 0.08), 0.1),
  color: ([, y]) => (y < -0.42 ? TEAL : SHELL),
};
const belt: Part = { distance: (p) => torusRing(p), color: ORANGE };
const heartLamp: Part = {
  distance: (p) =>
    Math.min(
      sphere(p, [-0.045, -0.15, 0.275], 0.06),
      sphere(p, [0.045, -0.15, 0.275], 0.06),
      capsule(p, [0, -0.16, 0.28], [0, -0.215, 0.28], 0.055, 0.02),
    ),
  color: ORANGE,
};
const shoulder: Part = { distance: (p) => sphere(p, [0.4, -0.1, 0], 0.115), color: TEAL };
const arm: Part = { distance: (p) => capsule(p, [0.42, -0.12, 0], [0.56, -0.38, 0.08], 0.062), color: STEEL };
const hand: Part = {
  distance: (p) =>
    smoothUnion(sphere(p, [0.58, -0.44, 0.1], 0.115), capsule(p, [0.5, -0.5, 0.16], [0.52, -0.56, 0.2], 0.05), 0.05),
  color: TEAL,
};
const leg: Part = { distance: (p) => capsule(p, [0.18, -0.55, 0], [0.19, -0.8, 0], 0.085), color: STEEL };
const foot: Part = {
  distance: (p) => Math.max(ellipsoid(p, [0.2, -0.9, 0.06], [0.17, 0.16, 0.26]), -0.95 - p[1]),
  color: ([, y]) => (y < -0.9 ? DARK : ORANGE),
};

function torusRing([x, y, z]: Point): number {
  return torus([x, y, (z * 0.37) / 0.31], [0, -0.42, 0], 1, 0.345, 0.035);
}

/** A friendly little robot. */
export const robot: DemoObject = {
  name: 'robot',
  title: 'a small robot',
  parts: [
    head,
    face,
    eye,
    mirrored(eye),
    cheek,
    mirrored(cheek),
    mouth,
    ear,
    mirrored(ear),
    antenna,
    bulb,
    neck,
    body,
    belt,
    heartLamp,
    shoulder,
    mirrored(shoulder),
    arm,
    mirrored(arm),
    hand,
    mirrored(hand),
    leg,
    mirrored(leg),
    foot,
    mirrored(foot),
  ],
};
