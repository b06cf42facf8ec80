/**
 * Gets pictures ready to be projected onto a mesh: visibility and trust per pixel, light taken out, stand-ins for
 * the sides that no picture shows.
 */
import type { Mesh } from '../geometry/mesh.ts';
import type { PreparedView } from '../imaging/prepared-view.ts';
import { type ProjectableView, trustAt } from './blend-views.ts';
import { estimateLight, flattenLighting, lightOnPixels } from './flatten-lighting.ts';
import { mirrorView, oppositeCamera } from './mirror-views.ts';
import type { SurfaceGraph } from './surface-graph.ts';
import { weighView } from './weigh-view.ts';

/** Pictures on a mesh. */
export interface Projection {
  /** The given views in their order, with flattened light. */
  views: ProjectableView[];
  /** Guesses for the sides that no given view shows. */
  mirrored: ProjectableView[];
  /** Log of the light on each pixel of each view. */
  logLight: Float32Array[];
}

export interface ProjectOptions {
  /** Share of the light in the pictures that is taken out, 0 to 1. */
  flatten?: number;
}

const DEFAULT_FLATTEN = 1;
/** Two cameras whose lines of sight are nearer than 45 degrees show one side. */
const SAME_SIDE_COSINE = 0.7;

/** @param mesh with normals */
export function projectViews(mesh: Mesh, views: readonly PreparedView[], options: ProjectOptions = {}): Projection {
  const weighed = views.map((view) => weighView(mesh, view));
  const light = estimateLight(
    views.map(({ image }, i) => ({ ...image, normals: weighed[i]!.normals, weight: weighed[i]!.weight })),
  );
  const logLight = weighed.map(({ normals }) => lightOnPixels(normals, light));
  const projectable = views.map(({ image, camera }, i) => ({
    camera,
    width: image.width,
    height: image.height,
    color: flattenLighting(image.pixels, logLight[i]!, options.flatten ?? DEFAULT_FLATTEN),
    depth: weighed[i]!.raster.depth,
    weight: weighed[i]!.weight,
  }));
  return { views: projectable, mirrored: mirrorMissingSides(mesh, views, projectable), logLight };
}

/** Share of the seen surface that each view colours, by nodes of the surface. */
export function measureViewShares(
  mesh: Pick<Mesh, 'positions'>,
  graph: SurfaceGraph,
  views: readonly ProjectableView[],
): number[] {
  const { positions } = mesh;
  const shares = new Float64Array(views.length);
  const weights = new Float64Array(views.length);
  let seen = 0;
  for (let n = 0; n < graph.nodeCount; n++) {
    const o = 3 * graph.vertexOfNode[n]!;
    let total = 0;
    for (let v = 0; v < views.length; v++) {
      weights[v] = trustAt(views[v]!, positions[o]!, positions[o + 1]!, positions[o + 2]!);
      total += weights[v]!;
    }
    if (total === 0) continue;
    seen++;
    for (let v = 0; v < views.length; v++) shares[v]! += weights[v]! / total;
  }
  return Array.from(shares, (share) => (seen > 0 ? share / seen : 0));
}

function mirrorMissingSides(
  mesh: Mesh,
  views: readonly PreparedView[],
  projectable: readonly ProjectableView[],
): ProjectableView[] {
  const out: ProjectableView[] = [];
  views.forEach(({ camera, image }, i) => {
    const { toward } = oppositeCamera(camera);
    const isShown = views.some(({ camera: { toward: t } }) => {
      return t[0] * toward[0] + t[1] * toward[1] + t[2] * toward[2] > SAME_SIDE_COSINE;
    });
    if (isShown) return;
    const alpha = new Uint8Array(image.width * image.height);
    for (let k = 0; k < alpha.length; k++) alpha[k] = image.pixels[4 * k + 3]!;
    // left and right mirror each other in most objects, front and back do not
    const isSideways = Math.abs(toward[0]) > SAME_SIDE_COSINE;
    out.push(mirrorView(mesh, projectable[i]!, alpha, isSideways));
  });
  return out;
}
