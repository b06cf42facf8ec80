export type Point = [x: number, y: number, z: number];

/** Opposite corners of a box along the axes. */
export interface Bounds {
  min: Point;
  max: Point;
}

/** The box around points, xyz each; without points it is inverted and infinite. NaN stays NaN. */
export function measureBounds(positions: ArrayLike<number>): Bounds {
  const min: Point = [Infinity, Infinity, Infinity];
  const max: Point = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i++) {
    const axis = (i % 3) as 0 | 1 | 2;
    const value = positions[i]!;
    min[axis] = Math.min(min[axis], value);
    max[axis] = Math.max(max[axis], value);
  }
  return { min, max };
}
