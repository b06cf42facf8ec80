import { AppError } from '../../src/errors.ts';
import { computeChordLengths } from './chord-lengths.ts';
import { TriangleBvh } from './closest-point.ts';
import type { Mesh } from './mesh.ts';
import { type MeshTopology, measureTopology } from './mesh-topology.ts';
import { remeshIsotropic } from './remesh-isotropic.ts';
import { removeFloaters } from './remove-floaters.ts';
import { repairManifold } from './repair-manifold.ts';
import { simplifyMesh } from './simplify-mesh.ts';
import { smoothMesh } from './smooth-mesh.ts';
import { computeVertexNormals } from './vertex-normals.ts';

export interface RefineOptions {
  /** Triangles to reach with `remesh`. */
  faceCount: number;
  /** Smooth, simplify and even out; off means the given surface, cleaned only. */
  remesh: boolean;
  /** Called with the share that is done, 0 to 1, rising. */
  onProgress?: (fraction: number) => void;
}

export interface RefinedSurface {
  /** A closed manifold with outward winding, welded, with smooth normals. */
  mesh: Mesh;
  /** The cleaned surface before simplification, with normals: what a normal map is baked from. */
  detail: Mesh;
  /** Sentences for the client. */
  warnings: string[];
}

/** Smoothing moves no vertex farther than this share of the mean edge, which is about 0.7 cells of the field. */
const SMOOTH_LIMIT = 0.4;
/**
 * Simplification stops at this multiple of the target; remeshing merges the rest. More detail for it to start from
 * halves the largest errors at sharp rims for a fifth more time.
 */
const SIMPLIFY_EXCESS = 1.5;
/** How far an edge may cut a bend, in the same measure. */
const CHORD_TOLERANCE = 0.2;

/**
 * From an extracted surface to the mesh that is textured: drop floaters and hollows, repair what is not a manifold,
 * smooth the traces of the grid, simplify, even out the triangles, compute normals.
 * @param surface as extracted; positions and indices only
 * @throws {AppError} `geometry.empty` where there is no surface
 */
export async function refineSurface(surface: Mesh, options: RefineOptions): Promise<RefinedSurface> {
  const { faceCount, remesh, onProgress } = options;
  const warnings: string[] = [];
  const cleaned = cleanSurface(surface, warnings);
  onProgress?.(0.15);
  if (!remesh) {
    const mesh = withNormals(cleaned);
    onProgress?.(1);
    return { mesh, detail: mesh, warnings };
  }

  const edgeLength = meanEdgeLength(cleaned);
  const detail = withNormals(smoothMesh(cleaned, { maxDisplacement: SMOOTH_LIMIT * edgeLength }));
  onProgress?.(0.25);
  const simplified = await simplifyMesh(detail, { targetFaces: SIMPLIFY_EXCESS * faceCount, regularize: true });
  onProgress?.(0.45);
  const even = remeshIsotropic(simplified, new TriangleBvh(detail), {
    targetFaces: faceCount,
    chordLengths: computeChordLengths(detail, CHORD_TOLERANCE * edgeLength),
    onProgress: (fraction) => onProgress?.(0.45 + 0.45 * fraction),
  });
  const mesh = ensureSound(even, warnings);
  if (mesh.indices.length / 3 > 1.02 * faceCount) {
    warnings.push(
      `The mesh keeps ${mesh.indices.length / 3} triangles instead of ${faceCount}: fewer would cut thin parts.`,
    );
  }
  const refined = { mesh: withNormals(mesh), detail, warnings };
  onProgress?.(1);
  return refined;
}

function cleanSurface(surface: Mesh, warnings: string[]): Mesh {
  const sound = ensureSound(surface, warnings);
  const { mesh, removedParts } = removeFloaters(sound);
  if (mesh.indices.length === 0) {
    throw new AppError('geometry.empty', 'mesh: expected a surface, got none; the pictures leave no shape to build.');
  }
  if (removedParts > 0)
    warnings.push(`${removedParts} tiny separate part${removedParts === 1 ? ' was' : 's were'} removed.`);
  return mesh;
}

function ensureSound(mesh: Mesh, warnings: string[]): Mesh {
  const topology = measureTopology(mesh);
  if (isSound(topology)) return mesh;
  if (topology.boundaryEdges > 0) warnings.push('The surface had holes, which were closed.');
  return repairManifold(mesh);
}

function isSound(topology: MeshTopology): boolean {
  return topology.watertight && topology.windingConsistent && topology.nonManifoldVertices === 0 && topology.volume > 0;
}

function withNormals(mesh: Mesh): Mesh & { normals: Float32Array } {
  return { positions: mesh.positions, indices: mesh.indices, normals: computeVertexNormals(mesh) };
}

function meanEdgeLength({ positions, indices }: Mesh): number {
  let sum = 0;
  for (let h = 0; h < indices.length; h++) {
    const a = 3 * indices[h]!;
    const b = 3 * indices[h % 3 === 2 ? h - 2 : h + 1]!;
    const dx = positions[a]! - positions[b]!;
    const dy = positions[a + 1]! - positions[b + 1]!;
    const dz = positions[a + 2]! - positions[b + 2]!;
    sum += Math.sqrt(dx * dx + dy * dy + dz * dz);
  }
  return sum / indices.length;
}
