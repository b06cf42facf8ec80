import type { Mesh } from '../geometry/mesh.ts';
import type { PreparedView } from '../imaging/prepared-view.ts';
import type { ImageRgb8 } from './image-rgb8.ts';
import { rasterize } from './rasterize.ts';
import { SRGB_TO_LINEAR } from './srgb.ts';

export interface ViewComparison {
  /** Intersection over union of the mesh's outline and the picture's (alpha >= 128); 1 is equal, also if both are empty. */
  silhouetteIou: number;
  /** Mean OKLab distance where both are covered; null without a base colour or without overlap. 0 is equal, 0.02 just visible. */
  colourError: number | null;
}

/**
 * Compares a mesh, seen with a picture's camera and without light, with the picture. The picture keeps its light, so
 * shading that the texture does not have counts as colour error.
 */
export function compareWithView(
  mesh: Mesh,
  baseColor: ImageRgb8 | null,
  view: Pick<PreparedView, 'image' | 'camera'>,
): ViewComparison {
  const { width, height, pixels } = view.image;
  const { faceId, barycentrics } = rasterize(mesh.positions, mesh.indices, view.camera, width, height);
  const { indices, uvs } = mesh;
  let both = 0;
  let any = 0;
  let error = 0;
  for (let i = 0; i < faceId.length; i++) {
    const face = faceId[i]!;
    const isInside = pixels[4 * i + 3]! >= 128;
    if (face >= 0 || isInside) any++;
    if (face < 0 || !isInside) continue;
    both++;
    if (baseColor === null || uvs === undefined) continue;
    const a = 2 * indices[3 * face]!;
    const b = 2 * indices[3 * face + 1]!;
    const c = 2 * indices[3 * face + 2]!;
    const wb = barycentrics[2 * i]!;
    const wc = barycentrics[2 * i + 1]!;
    const wa = 1 - wb - wc;
    const x = texelAt(wa * uvs[a]! + wb * uvs[b]! + wc * uvs[c]!, baseColor.width);
    const y = texelAt(wa * uvs[a + 1]! + wb * uvs[b + 1]! + wc * uvs[c + 1]!, baseColor.height);
    error += oklabDistance(baseColor.pixels, 3 * (y * baseColor.width + x), pixels, 4 * i);
  }
  return {
    silhouetteIou: any === 0 ? 1 : both / any,
    colourError: baseColor === null || uvs === undefined || both === 0 ? null : error / both,
  };
}

function texelAt(coordinate: number, size: number): number {
  return Math.min(size - 1, Math.max(0, Math.floor(coordinate * size)));
}

const first = new Float64Array(3);
const second = new Float64Array(3);

/** @see Ottosson, A perceptual color space for image processing, 2020. */
function oklabDistance(a: Uint8Array, i: number, b: Uint8Array, j: number): number {
  toOklab(a[i]!, a[i + 1]!, a[i + 2]!, first);
  toOklab(b[j]!, b[j + 1]!, b[j + 2]!, second);
  return Math.hypot(first[0]! - second[0]!, first[1]! - second[1]!, first[2]! - second[2]!);
}

function toOklab(red: number, green: number, blue: number, out: Float64Array): void {
  const r = SRGB_TO_LINEAR[red]!;
  const g = SRGB_TO_LINEAR[green]!;
  const b = SRGB_TO_LINEAR[blue]!;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  out[0] = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  out[1] = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  out[2] = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
}
