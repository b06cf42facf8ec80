/**
 * Bakes projected pictures into texels: blended where pictures see the surface, spread over the surface where none
 * does, and extended into the gutters.
 */
import type { Mesh } from '../geometry/mesh.ts';
import type { PreparedView } from '../imaging/prepared-view.ts';
import { blendViews, type ProjectableView } from './blend-views.ts';
import { diffuseOverSurface } from './diffuse-over-surface.ts';
import { fillGutters } from './fill-gutters.ts';
import type { ImageRgb8 } from './image-rgb8.ts';
import { type ProjectOptions, projectViews } from './project-views.ts';
import { forEachTexelBand, type TexelGeometry } from './rasterize-uv.ts';
import { buildSurfaceGraph, type SurfaceGraph } from './surface-graph.ts';

export interface BakedTexels {
  image: ImageRgb8;
  /** Trust of the pictures per texel, 0 (filled, or no surface) to 255. */
  weight: Uint8Array;
}

/** What texels take their colour from: pictures, and guesses for the sides that none shows. */
export interface TexelSources {
  views: readonly ProjectableView[];
  mirrored: readonly ProjectableView[];
}

/** Total weight from which on a point needs no fill. */
const SURE_WEIGHT = 0.06;
/** Pull of an observed colour of weight 1 in the fill, relative to a link of the surface graph. */
const OBSERVED_PULL = 40;
/** Weight of a guess from a mirrored picture relative to a real one. */
const MIRROR_TRUST = 0.05;

/** Pictures to base colour in one call; `projectViews` and `bakeTexels` are its two halves. */
export function bakeViews(
  mesh: Mesh,
  views: readonly PreparedView[],
  options: ProjectOptions & { size: number },
): { baseColor: ImageRgb8; weight: Uint8Array } {
  const projection = projectViews(mesh, views, options);
  const graph = buildSurfaceGraph(mesh);
  const fill = fillSurface(mesh, graph, projection.views, projection.mirrored);
  const { image, weight } = bakeTexels(mesh, options.size, graph, projection, fill);
  return { baseColor: image, weight };
}

/**
 * Three values for every node of the surface: observed, guessed from mirrored views, or spread from around.
 * @returns three per node, 0 to 255
 */
export function fillSurface(
  mesh: Pick<Mesh, 'positions'>,
  graph: SurfaceGraph,
  views: readonly ProjectableView[],
  mirrored: readonly ProjectableView[],
): Float32Array {
  const { positions } = mesh;
  const values = new Float32Array(3 * graph.nodeCount);
  const confidence = new Float32Array(graph.nodeCount);
  const seen = [0, 0, 0];
  const guess = [0, 0, 0];
  for (let n = 0; n < graph.nodeCount; n++) {
    const o = 3 * graph.vertexOfNode[n]!;
    const w = blendViews(views, positions[o]!, positions[o + 1]!, positions[o + 2]!, seen);
    const m = MIRROR_TRUST * blendViews(mirrored, positions[o]!, positions[o + 1]!, positions[o + 2]!, guess);
    const total = w + m;
    if (total === 0) continue;
    confidence[n] = OBSERVED_PULL * total;
    for (let k = 0; k < 3; k++) values[3 * n + k] = ((w > 0 ? w * seen[k]! : 0) + (m > 0 ? m * guess[k]! : 0)) / total;
  }
  return diffuseOverSurface(graph, values, confidence);
}

/**
 * Bakes a whole texture.
 * @param mesh with uvs
 * @param fill as `fillSurface` gives it
 */
export function bakeTexels(
  mesh: Pick<Mesh, 'positions' | 'indices' | 'uvs'>,
  size: number,
  graph: SurfaceGraph,
  sources: TexelSources,
  fill: Float32Array,
): BakedTexels {
  const image: ImageRgb8 = { width: size, height: size, pixels: new Uint8Array(3 * size * size) };
  const weight = new Uint8Array(size * size);
  const known = new Uint8Array(size * size);
  forEachTexelBand(mesh, size, (texels) => {
    const from = size * texels.firstRow;
    const to = from + size * texels.rowCount;
    for (let i = from; i < to; i++) known[i] = texels.faceId[i - from]! >= 0 ? 1 : 0;
    bakeBand(mesh, texels, graph, sources, fill, image.pixels.subarray(3 * from, 3 * to), weight.subarray(from, to));
  });
  fillGutters(image, known);
  return { image, weight };
}

/** Colours the texels of one band; `pixels` and `weight` are the band's. */
function bakeBand(
  mesh: Pick<Mesh, 'positions' | 'indices'>,
  texels: TexelGeometry,
  graph: SurfaceGraph,
  { views, mirrored }: TexelSources,
  fill: Float32Array,
  pixels: Uint8Array,
  weight: Uint8Array,
): void {
  const { positions, indices } = mesh;
  const { faceId, barycentrics } = texels;
  const { nodeOfVertex } = graph;
  const color = [0, 0, 0];
  const guess = [0, 0, 0];
  for (let i = 0; i < faceId.length; i++) {
    const face = faceId[i]!;
    if (face < 0) continue;
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
}

function smoothStep(t: number): number {
  if (t <= 0) return 0;
  return t >= 1 ? 1 : t * t * (3 - 2 * t);
}
