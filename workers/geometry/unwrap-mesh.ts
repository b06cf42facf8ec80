import { AppError } from '../../src/errors.ts';
import { pairHalfEdges } from './half-edges.ts';
import type { Mesh } from './mesh.ts';
import { cutCharts } from './uv/chart-surface.ts';
import { measureFaces } from './uv/face-geometry.ts';
import { measureStretch, type UvStretch } from './uv/measure-stretch.ts';
import { orientCharts } from './uv/orient-charts.ts';
import { packCharts } from './uv/pack-charts.ts';
import { parametrizeCharts } from './uv/parametrize-charts.ts';
import { segmentCharts } from './uv/segment-charts.ts';
import { splitSprawlingCharts } from './uv/split-sprawling-charts.ts';

/** Far more than the unwrap needs; what is left out when it is exceeded only costs quality. */
const DEFAULT_BUDGET_MS = 20_000;
/** Share of the budget after which charts are no longer relaxed. */
const RELAX_SHARE = 0.5;
/** How often a chart that packs badly may be halved. */
const SPLIT_ROUNDS = 4;

export interface UnwrapOptions {
  /** Side of the texture in texels. */
  textureSize: number;
  /** Texels between charts, at least; 4 at 1024 and in proportion by default. */
  gutterPx?: number;
  budgetMs?: number;
  /** Share of the work that is done, 0 to 1; never falls. */
  onProgress?(fraction: number): void;
  /** Milliseconds from any origin; time is an argument so that tests decide when the budget is spent. */
  now?(): number;
}

export interface Unwrapped {
  /** Split along chart borders, with uvs in [0, 1]; normals are carried over. Faces keep their order. */
  mesh: Mesh & { uvs: Float32Array };
  /** Vertex of the input per vertex. */
  sourceVertex: Uint32Array;
  /** Chart per face. */
  chart: Int32Array;
  chartCount: number;
  /** Share of the unit square that faces cover. */
  coverage: number;
  stretch: UvStretch;
  /** How charts were laid flat: relaxed, or only projected because time was short. */
  method: 'relaxed' | 'projected';
  warnings: string[];
}

/**
 * Makes a UV atlas: charts without overlap, one texel density everywhere, at least `gutterPx` texels between charts
 * and half of that to the border. No chart is mirrored.
 *
 * Charts follow the six axes, which are the directions of the pictures, are laid flat as rigidly as possible, and
 * packed at the largest common scale. The result depends on the input alone while the budget lasts; afterwards
 * relaxing and tighter packing are left out and a warning says so.
 *
 * @param mesh welded: faces that share an edge share its vertices
 * @throws {AppError} `geometry.empty` without faces, `geometry.bad_shape` for positions that are not finite
 */
export async function unwrapMesh(mesh: Mesh, options: UnwrapOptions): Promise<Unwrapped> {
  const { positions, indices } = mesh;
  if (indices.length === 0) throw new AppError('geometry.empty', 'unwrapMesh: expected at least one face, got none');
  if (!positions.every(Number.isFinite)) {
    throw new AppError('geometry.bad_shape', 'unwrapMesh: expected finite positions, got NaN or infinity');
  }
  const now = options.now ?? (() => performance.now());
  const start = now();
  const budgetMs = options.budgetMs ?? DEFAULT_BUDGET_MS;
  const isWithin = (share: number): boolean => now() - start < share * budgetMs;
  const gutterPx = options.gutterPx ?? Math.max(2, Math.round(options.textureSize / 256));
  const warnings: string[] = [];

  const pair = innerPairs(indices, positions.length / 3);
  const geometry = measureFaces(positions, indices);
  const segmentation = segmentCharts(geometry, pair, geometry.totalArea, 'few');
  options.onProgress?.(0.25);
  let isRelaxed = true;
  const flat = parametrizeCharts(positions, indices, pair, geometry, segmentation, {
    mayRelax: () => {
      const may = isWithin(RELAX_SHARE);
      if (!may) isRelaxed = false;
      return may;
    },
    onProgress: (fraction) => options.onProgress?.(0.25 + 0.35 * fraction),
  });
  const { chart, cornerUv } = flat;
  let chartCount = flat.chartCount;
  let sizes = orientCharts(chart, chartCount, cornerUv);
  for (let round = 0; round < SPLIT_ROUNDS; round++) {
    const split = splitSprawlingCharts(pair, chart, chartCount, cornerUv, sizes);
    if (split === chartCount) break;
    chartCount = split;
    sizes = orientCharts(chart, chartCount, cornerUv);
  }
  const packing = packCharts(chart, chartCount, cornerUv, sizes, {
    textureSize: options.textureSize,
    gutterPx,
    mayRefine: () => isWithin(1),
  });
  options.onProgress?.(0.95);
  if (!isWithin(1) || !isRelaxed) {
    warnings.push(
      `The UV atlas took longer than its budget of ${Math.round(budgetMs / 1000)} s and was finished by a cheaper method.`,
    );
  }

  const surface = cutCharts(indices, pair, chart, chartCount);
  const unwrapped = writeMesh(mesh, surface.corners, surface.faces, surface.sourceVertex, packing.cornerUv);
  options.onProgress?.(1);
  return {
    ...unwrapped,
    chart,
    chartCount,
    coverage: uvArea(unwrapped.mesh),
    stretch: measureStretch(unwrapped.mesh.positions, unwrapped.mesh.indices, unwrapped.mesh.uvs),
    method: isRelaxed ? 'relaxed' : 'projected',
    warnings,
  };
}

/** Opposite half-edges; -1 where an edge has not exactly two faces of one winding. */
function innerPairs(indices: Uint32Array, vertexCount: number): Int32Array {
  const { twin } = pairHalfEdges(indices, vertexCount);
  for (let h = 0; h < twin.length; h++) if (twin[h]! >= 0 && indices[h] === indices[twin[h]!]) twin[h] = -1;
  return twin;
}

/** Writes vertices in the order in which the faces of the input use them. */
function writeMesh(
  source: Mesh,
  corners: Int32Array,
  faces: Int32Array,
  sourceOfCorner: Int32Array,
  cornerUv: Float64Array,
): { mesh: Mesh & { uvs: Float32Array }; sourceVertex: Uint32Array } {
  const localFace = new Int32Array(faces.length);
  for (let i = 0; i < faces.length; i++) localFace[faces[i]!] = i;
  const vertexCount = sourceOfCorner.length;
  const number = new Int32Array(vertexCount).fill(-1);
  const indices = new Uint32Array(source.indices.length);
  const positions = new Float32Array(3 * vertexCount);
  const uvs = new Float32Array(2 * vertexCount);
  const normals = source.normals === undefined ? undefined : new Float32Array(3 * vertexCount);
  const sourceVertex = new Uint32Array(vertexCount);
  let count = 0;
  for (let corner = 0; corner < indices.length; corner++) {
    const local = corners[3 * localFace[(corner / 3) | 0]! + (corner % 3)]!;
    if (number[local] === -1) {
      const v = sourceOfCorner[local]!;
      number[local] = count;
      sourceVertex[count] = v;
      for (let k = 0; k < 3; k++) {
        positions[3 * count + k] = source.positions[3 * v + k]!;
        if (normals !== undefined) normals[3 * count + k] = source.normals![3 * v + k]!;
      }
      uvs[2 * count] = cornerUv[2 * corner]!;
      uvs[2 * count + 1] = 1 - cornerUv[2 * corner + 1]!;
      count++;
    }
    indices[corner] = number[local]!;
  }
  return { mesh: { positions, indices, uvs, ...(normals && { normals }) }, sourceVertex };
}

function uvArea({ indices, uvs }: Mesh & { uvs: Float32Array }): number {
  let sum = 0;
  for (let f = 0; f < indices.length; f += 3) {
    const a = 2 * indices[f]!;
    const b = 2 * indices[f + 1]!;
    const c = 2 * indices[f + 2]!;
    sum += Math.abs(
      (uvs[b]! - uvs[a]!) * (uvs[c + 1]! - uvs[a + 1]!) - (uvs[c]! - uvs[a]!) * (uvs[b + 1]! - uvs[a + 1]!),
    );
  }
  return sum / 2;
}
