import type { Mesh } from '../geometry/mesh.ts';
import { distanceToMask } from '../imaging/distance-transform.ts';
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

/** World thickness up to which a part is a sheet that shows one colour on both sides; it fades out at twice that. */
const SHEET_THICKNESS = 0.05;
/** Depth of the rim whose colours are carried on, share of the picture's side. */
const RIM_SHARE = 0.015;
/** Reach along columns, share of the side (radius of three box blurs). */
const SWEEP_COLUMN_SHARE = 0.012;
/** Reaches along rows, and how much they count: the far one decides where no near rim speaks. */
const SWEEPS = [
  { rowShare: 0.07, weight: 1 },
  { rowShare: 0.25, weight: 0.02 },
] as const;

/**
 * Guesses what a picture from the other side would show.
 *
 * An object that is symmetric to the plane between the two cameras shows the given picture, mirrored. One that is
 * not, such as a head with a face, shows what its rim promises: the colours near the outline, carried on along the
 * rows, as if the object were turned on a lathe. Thin sheets show the given picture in either case.
 */
export function mirrorView(
  mesh: Mesh,
  view: Pick<ProjectableView, 'camera' | 'width' | 'height' | 'color' | 'depth'>,
  alpha: Uint8Array,
  isSymmetric: boolean,
): ProjectableView {
  const { width, height } = view;
  const camera = oppositeCamera(view.camera);
  const pixels = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels[4 * (y * width + (width - 1 - x)) + 3] = alpha[y * width + x]!;
  }
  const { raster, weight } = weighView(mesh, { image: { width, height, pixels }, camera });
  const swept = isSymmetric ? view.color : sweepRim(view.color, alpha, width, height);
  const color = new Float32Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * width + x;
      const to = y * width + (width - 1 - x);
      const thickness = view.depth[from]! + raster.depth[to]!;
      const sheet = thickness >= 0 ? Math.min(1, Math.max(0, 2 - thickness / SHEET_THICKNESS)) : 0;
      for (let k = 0; k < 3; k++) {
        const sweep = swept[3 * from + k]!;
        color[3 * to + k] = sweep + sheet * (view.color[3 * from + k]! - sweep);
      }
    }
  }
  return { camera, width, height, color, depth: raster.depth, weight };
}

/** Colour of the rim, carried inwards mostly along the rows; pixels that no rim reaches keep their colour. */
function sweepRim(color: Float32Array, alpha: Uint8Array, width: number, height: number): Float32Array {
  const count = width * height;
  const outside = alpha.map((value) => (value < 128 ? 1 : 0));
  const distance = distanceToMask(outside, width, height);
  const reach = RIM_SHARE * width;
  const rim = Array.from({ length: 4 }, () => new Float32Array(count));
  for (let i = 0; i < count; i++) {
    if (outside[i] !== 0) continue;
    const w = Math.exp(-distance[i]! / reach);
    for (let k = 0; k < 3; k++) rim[k]![i] = color[3 * i + k]! * w;
    rim[3]![i] = w;
  }
  const sums = rim.map(() => new Float32Array(count));
  const columnRadius = Math.max(1, Math.round(SWEEP_COLUMN_SHARE * width));
  for (const { rowShare, weight } of SWEEPS) {
    const rowRadius = Math.max(1, Math.round(rowShare * width));
    rim.forEach((plane, k) => {
      let blurred = plane;
      for (let pass = 0; pass < 3; pass++) blurred = boxBlur(blurred, width, height, rowRadius, columnRadius);
      const sum = sums[k]!;
      for (let i = 0; i < count; i++) sum[i]! += weight * blurred[i]!;
    });
  }
  const out = color.slice();
  for (let i = 0; i < count; i++) {
    const w = sums[3]![i]!;
    // below this the sliding sums are rounding noise
    if (!(w > 1e-6)) continue;
    for (let k = 0; k < 3; k++) out[3 * i + k] = sums[k]![i]! / w;
  }
  return out;
}
