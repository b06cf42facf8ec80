import { AppError } from '../../src/errors.ts';
import type { ViewName } from '../../src/protocol/views.ts';
import type { Mesh } from '../geometry/mesh.ts';
import type { PreparedView } from '../imaging/prepared-view.ts';
import { bakeNormalMap } from './bake-normal-map.ts';
import { bakeTexels, fillSurface } from './bake-texels.ts';
import { DEFAULT_METALLIC, DEFAULT_ROUGHNESS, estimateMaterial } from './estimate-material.ts';
import type { ImageRgb8 } from './image-rgb8.ts';
import { measureViewShares, type Projection, projectViews } from './project-views.ts';
import { buildSurfaceGraph, type SurfaceGraph } from './surface-graph.ts';

export interface TextureRequest {
  /** The final mesh with uvs and normals. */
  mesh: Mesh;
  /** The surface before simplification, for the normal map. */
  detail: Mesh;
  /** At least one; their cameras and the mesh share one frame. */
  views: readonly PreparedView[];
  /** Side of the base colour in texels. */
  size: number;
  /** Adds the metallic-roughness and the normal map. */
  pbr: boolean;
  /** Reports how much is done, 0 to 1; never falls. */
  onProgress?: (fraction: number) => void;
}

export interface TextureResult {
  /** sRGB. */
  baseColor: ImageRgb8;
  /** glTF packing: green is roughness, blue metalness; red is 255. Half as large as the base colour. */
  metallicRoughness?: ImageRgb8;
  /** Tangent space, +Y up. Half as large as the base colour. */
  normal?: ImageRgb8;
  viewUse: Partial<Record<ViewName, { texture: boolean; note?: string }>>;
  /** Sentences for the client. */
  warnings: string[];
}

/** A view that colours less of the seen surface than this was not used in any sense that matters. */
const MIN_VIEW_SHARE = 0.005;
/** The maps beside the base colour hold no finer detail than this share of its size. */
const DETAIL_MAP_SHARE = 0.5;
const MIN_MAP_SIZE = 256;

/**
 * Makes the maps of a mesh from its pictures.
 * @throws {AppError} `texture.bad_shape` if the mesh has no faces, uvs or normals, or if there is no view
 */
export async function textureMesh(request: TextureRequest): Promise<TextureResult> {
  const { mesh, detail, views, size, pbr, onProgress = () => {} } = request;
  checkRequest(request);
  const projection = projectViews(mesh, views);
  onProgress(0.3);
  const graph = buildSurfaceGraph(mesh);
  const fill = fillSurface(mesh, graph, projection.views, projection.mirrored);
  onProgress(0.4);
  const { image: baseColor } = bakeTexels(mesh, size, graph, projection, fill);
  const result: TextureResult = { baseColor, ...describeUse(mesh, graph, views, projection) };
  onProgress(pbr ? 0.65 : 1);
  if (!pbr) return result;

  const mapSize = Math.max(Math.min(size, MIN_MAP_SIZE), Math.round(size * DETAIL_MAP_SHARE));
  result.metallicRoughness = bakeMaterial(mesh, graph, views, projection, mapSize);
  onProgress(0.8);
  result.normal = bakeNormalMap(mesh, detail, mapSize);
  onProgress(1);
  return result;
}

function checkRequest({ mesh, views }: TextureRequest): void {
  const vertexCount = mesh.positions.length / 3;
  if (mesh.indices.length === 0) {
    throw new AppError('texture.bad_shape', 'expected a mesh with faces, got none');
  }
  if (mesh.normals?.length !== 3 * vertexCount || mesh.uvs?.length !== 2 * vertexCount) {
    throw new AppError(
      'texture.bad_shape',
      `expected normals and uvs for ${vertexCount} vertices, got ${(mesh.normals?.length ?? 0) / 3} and ${(mesh.uvs?.length ?? 0) / 2}`,
    );
  }
  if (views.length === 0) throw new AppError('texture.bad_shape', 'expected at least one picture, got none');
}

function describeUse(
  mesh: Mesh,
  graph: SurfaceGraph,
  views: readonly PreparedView[],
  projection: Projection,
): Pick<TextureResult, 'viewUse' | 'warnings'> {
  const shares = measureViewShares(mesh, graph, projection.views);
  const viewUse: TextureResult['viewUse'] = {};
  const warnings: string[] = [];
  views.forEach(({ name }, i) => {
    if (shares[i]! >= MIN_VIEW_SHARE) {
      viewUse[name] = { texture: true };
      return;
    }
    viewUse[name] = { texture: false, note: 'The picture shows no part of the surface well enough to colour it.' };
    warnings.push(`The ${name} picture was not used for the texture: it shows no part of the surface well enough.`);
  });
  return { viewUse, warnings };
}

/** Roughness and metalness vary slowly: estimated per picture, blended and spread on the vertices. */
function bakeMaterial(
  mesh: Mesh,
  graph: SurfaceGraph,
  views: readonly PreparedView[],
  projection: Projection,
  size: number,
): ImageRgb8 {
  const materials = views.map(({ image }, i) => {
    const projected = projection.views[i]!;
    const estimate = estimateMaterial({ ...image, logLight: projection.logLight[i]!, weight: projected.weight });
    const color = new Float32Array(3 * image.width * image.height);
    for (let y = 0; y < image.height; y++) {
      for (let x = 0; x < image.width; x++) {
        const to = 3 * (y * image.width + x);
        const from =
          2 * (Math.min(y >> 1, estimate.height - 1) * estimate.width + Math.min(x >> 1, estimate.width - 1));
        color[to] = 255;
        color[to + 1] = 255 * estimate.values[from]!;
        color[to + 2] = 255 * estimate.values[from + 1]!;
      }
    }
    return { ...projected, color };
  });
  const isDefault = materials.every(({ color }) => isUniform(color));
  if (isDefault) {
    // a picture without gloss: one value all over
    const pixels = new Uint8Array(3 * size * size);
    for (let i = 0; i < pixels.length; i += 3) {
      pixels.set([255, Math.round(255 * DEFAULT_ROUGHNESS), Math.round(255 * DEFAULT_METALLIC)], i);
    }
    return { width: size, height: size, pixels };
  }
  const fill = fillSurface(mesh, graph, materials, []);
  return bakeTexels(mesh, size, graph, { views: [], mirrored: [] }, fill).image;
}

function isUniform(color: Float32Array): boolean {
  const roughness = 255 * DEFAULT_ROUGHNESS;
  for (let i = 0; i < color.length; i += 3) {
    if (Math.abs(color[i + 1]! - roughness) > 1 || color[i + 2]! > 1) return false;
  }
  return true;
}
