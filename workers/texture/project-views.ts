/**
 * Bakes pictures into a texture: back-projection with visibility and trust, blending, and a fill over the surface
 * for what no picture shows.
 */
import type { Mesh } from '../geometry/mesh.ts';
import type { PreparedView } from '../imaging/prepared-view.ts';
import { blendViews, type ProjectableView } from './blend-views.ts';
import { diffuseOverSurface } from './diffuse-over-surface.ts';
import { fillGutters } from './fill-gutters.ts';
import type { ImageRgb8 } from './image-rgb8.ts';
import { mirrorView, oppositeCamera } from './mirror-views.ts';
import { rasterizeUv, type TexelGeometry } from './rasterize-uv.ts';
import { buildSurfaceGraph, type SurfaceGraph } from './surface-graph.ts';
import { type WeighedView, weighView } from './weigh-view.ts';

export interface BakeOptions {
  /** Side of the texture in texels. */
  size: number;
  /** Surface points of the texels where they are at hand already. */
  texels?: TexelGeometry;
  mirrorBlur?: number;
  mirrorTrust?: number;
}

export interface BakedViews {
  baseColor: ImageRgb8;
  /** Trust of the pictures per texel, 0 (filled or no surface) to 255. */
  weight: Uint8Array;
  /** Share of the covered texels that each view is the main source of, in the order of the views. */
  shares: number[];
}

/** Total weight from which on a texel needs no fill. */
const SURE_WEIGHT = 0.06;
/** Pull of an observed colour of weight 1 in the fill, relative to a link of the surface graph. */
const OBSERVED_PULL = 40;

/**
 * @param mesh with uvs and normals
 * @param views any number, any cameras
 */
export function bakeViews(mesh: Mesh, views: readonly PreparedView[], options: BakeOptions): BakedViews {
  const texels = options.texels ?? rasterizeUv(mesh, options.size);
  const weighed = views.map((view) => weighView(mesh, view));
  const projectable = views.map((view, i) => makeProjectable(view, weighed[i]!));
  const mirrored = mirrorMissing(mesh, views, projectable, options);
  const graph = buildSurfaceGraph(mesh);
  const fill = fillSurface(mesh, graph, projectable, mirrored, options.mirrorTrust ?? 0.05);
  return bakeTexels(mesh, texels, graph, projectable, mirrored, fill);
}

function makeProjectable(view: PreparedView, weighed: WeighedView): ProjectableView {
  const { width, height, pixels } = view.image;
  const color = new Float32Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    for (let k = 0; k < 3; k++) color[3 * i + k] = pixels[4 * i + k]!;
  }
  return { camera: view.camera, width, height, color, depth: weighed.raster.depth, weight: weighed.weight };
}

/** Stand-ins for views from sides that no picture shows. */
function mirrorMissing(
  mesh: Mesh,
  views: readonly PreparedView[],
  projectable: readonly ProjectableView[],
  options: BakeOptions,
): ProjectableView[] {
  const out: ProjectableView[] = [];
  views.forEach((view, i) => {
    const { toward } = oppositeCamera(view.camera);
    const isSeen = views.some(
      ({ camera: { toward: t } }) => t[0] * toward[0] + t[1] * toward[1] + t[2] * toward[2] > 0.7,
    );
    if (isSeen) return;
    const alpha = new Uint8Array(view.image.width * view.image.height);
    for (let k = 0; k < alpha.length; k++) alpha[k] = view.image.pixels[4 * k + 3]!;
    // left and right mirror each other in most objects, front and back do not
    const sideways = Math.abs(toward[0]) > 0.7;
    const blur = sideways ? 0 : (options.mirrorBlur ?? 12);
    if (blur < 0) return;
    out.push(mirrorView(mesh, projectable[i]!, alpha, blur));
  });
  return out;
}

/** Colour of every node of the surface: observed, guessed from mirrored views, or spread from around. */
function fillSurface(
  mesh: Mesh,
  graph: SurfaceGraph,
  views: readonly ProjectableView[],
  mirrored: readonly ProjectableView[],
  mirrorTrust: number,
): Float32Array {
  const { positions } = mesh;
  const values = new Float32Array(3 * graph.nodeCount);
  const confidence = new Float32Array(graph.nodeCount);
  const seen = [0, 0, 0];
  const guess = [0, 0, 0];
  for (let n = 0; n < graph.nodeCount; n++) {
    const o = 3 * graph.vertexOfNode[n]!;
    const w = blendViews(views, positions[o]!, positions[o + 1]!, positions[o + 2]!, seen);
    const m = mirrorTrust * blendViews(mirrored, positions[o]!, positions[o + 1]!, positions[o + 2]!, guess);
    const total = w + m;
    if (total === 0) continue;
    confidence[n] = OBSERVED_PULL * total;
    for (let k = 0; k < 3; k++) values[3 * n + k] = ((w > 0 ? w * seen[k]! : 0) + (m > 0 ? m * guess[k]! : 0)) / total;
  }
  return diffuseOverSurface(graph, values, confidence);
}

function bakeTexels(
  mesh: Mesh,
  texels: TexelGeometry,
  graph: SurfaceGraph,
  views: readonly ProjectableView[],
  mirrored: readonly ProjectableView[],
  fill: Float32Array,
): BakedViews {
  const { positions, indices } = mesh;
  const { size, faceId, barycentrics } = texels;
  const { nodeOfVertex } = graph;
  const pixels = new Uint8Array(3 * size * size);
  const known = new Uint8Array(size * size);
  const weight = new Uint8Array(size * size);
  const color = [0, 0, 0];
  const guess = [0, 0, 0];
  for (let i = 0; i < faceId.length; i++) {
    const face = faceId[i]!;
    if (face < 0) continue;
    known[i] = 1;
    const va = indices[3 * face]!;
    const vb = indices[3 * face + 1]!;
    const vc = indices[3 * face + 2]!;
    const wb = barycentrics[2 * i]!;
    const wc = barycentrics[2 * i + 1]!;
    const wa = 1 - wb - wc;
    const x = wa * positions[3 * va]! + wb * positions[3 * vb]! + wc * positions[3 * vc]!;
    const y = wa * positions[3 * va + 1]! + wb * positions[3 * vb + 1]! + wc * positions[3 * vc + 1]!;
    const z = wa * positions[3 * va + 2]! + wb * positions[3 * vb + 2]! + wc * positions[3 * vc + 2]!;
    const total = blendViews(views, x, y, z, color);
    const sure = smoothStep(total / SURE_WEIGHT);
    if (sure < 1) {
      const na = 3 * nodeOfVertex[va]!;
      const nb = 3 * nodeOfVertex[vb]!;
      const nc = 3 * nodeOfVertex[vc]!;
      const mirror = mirrored.length > 0 ? smoothStep(blendViews(mirrored, x, y, z, guess) / SURE_WEIGHT) : 0;
      for (let k = 0; k < 3; k++) {
        let base = wa * fill[na + k]! + wb * fill[nb + k]! + wc * fill[nc + k]!;
        if (mirror > 0) base += mirror * (guess[k]! - base);
        color[k] = sure > 0 ? base + sure * (color[k]! - base) : base;
      }
    }
    weight[i] = Math.round(255 * Math.min(1, total));
    pixels[3 * i] = Math.round(color[0]!);
    pixels[3 * i + 1] = Math.round(color[1]!);
    pixels[3 * i + 2] = Math.round(color[2]!);
  }
  const baseColor = { width: size, height: size, pixels };
  fillGutters(baseColor, known);
  return { baseColor, weight, shares: [] };
}

function smoothStep(t: number): number {
  if (t <= 0) return 0;
  return t >= 1 ? 1 : t * t * (3 - 2 * t);
}
