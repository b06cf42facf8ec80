import type { ViewName } from '../../src/protocol/views.ts';
import type { PreparedView } from '../../workers/imaging/prepared-view.ts';
import { viewCamera } from '../../workers/texture/camera.ts';
import { rasterize } from '../../workers/texture/rasterize.ts';
import { linearToSrgb } from '../../workers/texture/srgb.ts';
import type { TexturedMesh } from './texture-shapes.ts';

export type Vector = readonly [number, number, number];

/** Linear RGB, 0 to 1, of a surface point with a unit normal; the camera's axes allow lights that hang on it. */
export type Paint = (point: Vector, normal: Vector, camera: PreparedView['camera']) => Vector;

/** Takes one of the four named pictures of a mesh without noise; the background keeps a loud colour at alpha 0. */
export function photograph(
  mesh: TexturedMesh,
  name: ViewName,
  size: number,
  paint: Paint,
  halfSize = 1.2,
): PreparedView {
  const camera = viewCamera(name, halfSize);
  const { faceId, barycentrics } = rasterize(mesh.positions, mesh.indices, camera, size, size);
  const pixels = new Uint8Array(4 * size * size);
  const bounds = { minX: size, minY: size, maxX: 0, maxY: 0 };
  for (let i = 0; i < size * size; i++) {
    const face = faceId[i]!;
    if (face < 0) {
      pixels.set([255, 0, 255, 0], 4 * i);
      continue;
    }
    const corners = [0, 1, 2].map((k) => mesh.indices[3 * face + k]!);
    const [wb, wc] = [barycentrics[2 * i]!, barycentrics[2 * i + 1]!];
    const weights = [1 - wb - wc, wb, wc];
    const mix = (values: Float32Array) =>
      [0, 1, 2].map((k) => weights.reduce((sum, w, c) => sum + w * values[3 * corners[c]! + k]!, 0));
    const normal = mix(mesh.normals);
    const length = Math.hypot(...normal);
    const color = paint(
      mix(mesh.positions) as unknown as Vector,
      normal.map((x) => x / length) as unknown as Vector,
      camera,
    );
    pixels.set([...color.map((value) => Math.round(linearToSrgb(value))), 255], 4 * i);
    const [x, y] = [i % size, Math.floor(i / size)];
    bounds.minX = Math.min(bounds.minX, x);
    bounds.minY = Math.min(bounds.minY, y);
    bounds.maxX = Math.max(bounds.maxX, x + 1);
    bounds.maxY = Math.max(bounds.maxY, y + 1);
  }
  return { name, image: { width: size, height: size, pixels }, camera, bounds };
}
