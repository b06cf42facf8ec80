import type { ViewName } from '../../src/protocol/views.ts';
import type { PreparedView } from '../../workers/imaging/prepared-view.ts';
import { viewCamera } from '../../workers/texture/camera.ts';
import { linearToSrgb } from '../../workers/texture/srgb.ts';
import type { Vector } from './photograph.ts';

/** Signed distance to an outline in world units, positive inside. */
export type Outline = (x: number, y: number) => number;
/** Unit normal of the surface that is seen at a point, or its brightness, 0 to 1, where no light should be drawn. */
export type Surface = (x: number, y: number) => Vector | number;

export const disc =
  (cx: number, cy: number, radius: number): Outline =>
  (x, y) =>
    radius - Math.hypot(x - cx, y - cy);

export const segment =
  (ax: number, ay: number, bx: number, by: number, radius: number): Outline =>
  (x, y) => {
    const [dx, dy] = [bx - ax, by - ay];
    const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
    return radius - Math.hypot(x - ax - t * dx, y - ay - t * dy);
  };

export const rectangle =
  (halfWidth: number, halfHeight: number): Outline =>
  (x, y) =>
    Math.min(halfWidth - Math.abs(x), halfHeight - Math.abs(y));

export const either =
  (...outlines: readonly Outline[]): Outline =>
  (x, y) =>
    Math.max(...outlines.map((outline) => outline(x, y)));

/** Brightness under light from everywhere and a stronger one from above on the left. */
export function brightness([nx, ny, nz]: Vector): number {
  return 0.3 + 0.5 * Math.max(0, -0.35 * nx + 0.55 * ny + 0.75 * nz);
}

/** Draws an outline as a prepared picture, antialiased; x and y are world positions as seen from the front. */
export function drawLitOutline(outline: Outline, surface: Surface, name: ViewName = 'front', size = 400): PreparedView {
  const camera = viewCamera(name, 1 / 0.85);
  const pixel = (2 * camera.halfWidth) / size;
  const pixels = new Uint8Array(4 * size * size);
  const bounds = { minX: size, minY: size, maxX: 0, maxY: 0 };
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < size; i++) {
      const x = ((i + 0.5) * pixel - camera.halfWidth) * camera.right[0];
      const y = camera.halfHeight - (j + 0.5) * pixel;
      const coverage = Math.min(1, Math.max(0, outline(x, y) / pixel + 0.5));
      const seen = surface(x, y);
      const value = Math.round(linearToSrgb(typeof seen === 'number' ? seen : brightness(seen)));
      pixels.set([value, value, value, Math.round(255 * coverage)], 4 * (j * size + i));
      if (coverage < 0.5) continue;
      bounds.minX = Math.min(bounds.minX, i);
      bounds.minY = Math.min(bounds.minY, j);
      bounds.maxX = Math.max(bounds.maxX, i + 1);
      bounds.maxY = Math.max(bounds.maxY, j + 1);
    }
  }
  return { name, image: { width: size, height: size, pixels }, camera, bounds };
}
