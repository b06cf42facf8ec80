import type { Point } from './signed-distance.ts';

/** A part of one colour; parts meet in a crease. */
export interface Part {
  /** Negative inside, world units; must not overestimate by much. */
  distance(p: Point): number;
  /** sRGB 0 to 255, or a function of the surface point for patterns. */
  color: Point | ((p: Point) => Point);
}

/** A procedural object in the frame of the program: +Y up, facing +Z, within [-1, 1]. */
export interface DemoObject {
  name: string;
  title: string;
  parts: readonly Part[];
}

/** Distance to the whole object. */
export function objectDistance({ parts }: DemoObject, p: Point): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const part of parts) nearest = Math.min(nearest, part.distance(p));
  return nearest;
}

/** Colour of the part that is nearest to a point. */
export function objectColor({ parts }: DemoObject, p: Point): Point {
  let nearest = Number.POSITIVE_INFINITY;
  let color: Part['color'] = [0, 0, 0];
  for (const part of parts) {
    const distance = part.distance(p);
    if (distance < nearest) {
      nearest = distance;
      color = part.color;
    }
  }
  return typeof color === 'function' ? color(p) : color;
}

/** The same part on the other side of the plane x = 0. */
export function mirrored(part: Part): Part {
  const flip = ([x, y, z]: Point): Point => [-x, y, z];
  const { color } = part;
  return {
    distance: (p) => part.distance(flip(p)),
    color: typeof color === 'function' ? (p) => color(flip(p)) : color,
  };
}
