import type { Mesh } from '../geometry/mesh.ts';
import type { ProjectableView } from './blend-views.ts';
import { boxBlur } from './box-blur.ts';
import type { OrthographicCamera } from './camera.ts';
import { weighView } from './weigh-view.ts';

/** The camera that looks at the same object from the other side. */
export function oppositeCamera(camera: OrthographicCamera): OrthographicCamera {
  const { right, toward } = camera;
  return {
    ...camera,
    right: [-right[0], -right[1], -right[2]],
    toward: [-toward[0], -toward[1], -toward[2]],
  };
}

/**
 * Guesses what a picture from the other side would show: the given one, seen through the object. True where the object
 * is symmetric to the plane between the two cameras.
 * @param blurPixels radius of the blur; what is unlikely to repeat on the other side (a face on the back of a head) is
 * blurred away and only its colour stays
 */
export function mirrorView(
  mesh: Mesh,
  view: Pick<ProjectableView, 'camera' | 'width' | 'height' | 'color'>,
  alpha: Uint8Array,
  blurPixels: number,
): ProjectableView {
  const { width, height } = view;
  const camera = oppositeCamera(view.camera);
  const pixels = new Uint8Array(4 * width * height);
  const color = new Float32Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * width + x;
      const to = y * width + (width - 1 - x);
      pixels[4 * to + 3] = alpha[from]!;
      color[3 * to] = view.color[3 * from]!;
      color[3 * to + 1] = view.color[3 * from + 1]!;
      color[3 * to + 2] = view.color[3 * from + 2]!;
    }
  }
  const { raster, weight } = weighView(mesh, { image: { width, height, pixels }, camera });
  return {
    camera,
    width,
    height,
    color: blurPixels > 0 ? blurCovered(color, pixels, width, height, blurPixels) : color,
    depth: raster.depth,
    weight,
  };
}

/** Three box blurs of the covered pixels only; pixels that no covered one reaches keep their colour. */
function blurCovered(
  color: Float32Array,
  pixels: Uint8Array,
  width: number,
  height: number,
  radius: number,
): Float32Array {
  const n = width * height;
  let planes = Array.from({ length: 4 }, () => new Float32Array(n));
  for (let i = 0; i < n; i++) {
    const a = pixels[4 * i + 3]! / 255;
    for (let k = 0; k < 3; k++) planes[k]![i] = color[3 * i + k]! * a;
    planes[3]![i] = a;
  }
  for (let pass = 0; pass < 3; pass++) {
    planes = planes.map((plane) => boxBlur(plane, width, height, Math.max(1, Math.round(radius / Math.sqrt(3)))));
  }
  const out = color.slice();
  for (let i = 0; i < n; i++) {
    const a = planes[3]![i]!;
    if (a < 1e-4) continue;
    for (let k = 0; k < 3; k++) out[3 * i + k] = planes[k]![i]! / a;
  }
  return out;
}
