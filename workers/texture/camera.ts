import { VIEW_AZIMUTH_DEGREES, type ViewName } from '../../src/protocol/views.ts';

export type Vec3 = readonly [number, number, number];

/**
 * An orthographic camera. `right`, `up` and `toward` (from the object to the camera) are a right-handed set of
 * unit vectors in world space. The image covers `2 * halfWidth` by `2 * halfHeight` world units around `target`,
 * independent of its resolution; row 0 is the top.
 *
 * A world point p has d = p - target and lands on the image, in pixels, at
 * x = (dot(right, d) / halfWidth + 1) * width / 2 and y = (1 - dot(up, d) / halfHeight) * height / 2;
 * pixel (i, j) has its centre at (i + 0.5, j + 0.5). Depth is dot(toward, d): larger is nearer.
 */
export interface OrthographicCamera {
  right: Vec3;
  up: Vec3;
  toward: Vec3;
  target: Vec3;
  halfWidth: number;
  halfHeight: number;
}

/**
 * A camera that stands at an azimuth (degrees, 0 at +Z, 90 at +X) and an elevation (degrees, positive above) and
 * sees a square of `2 * halfSize` world units around `target`.
 */
export function orbitCamera(
  azimuthDegrees: number,
  elevationDegrees: number,
  halfSize: number,
  target: Vec3 = [0, 0, 0],
): OrthographicCamera {
  const a = (azimuthDegrees * Math.PI) / 180;
  const e = (elevationDegrees * Math.PI) / 180;
  const [sa, ca, se, ce] = [Math.sin(a), Math.cos(a), Math.sin(e), Math.cos(e)];
  return {
    right: [ca, 0, -sa],
    up: [-sa * se, ce, -ca * se],
    toward: [sa * ce, se, ca * ce],
    target,
    halfWidth: halfSize,
    halfHeight: halfSize,
  };
}

/** The camera of one of the four named pictures. */
export function viewCamera(name: ViewName, halfSize: number, target: Vec3 = [0, 0, 0]): OrthographicCamera {
  return orbitCamera(VIEW_AZIMUTH_DEGREES[name], 0, halfSize, target);
}
