import { AppError } from '../../src/errors.ts';
import {
  AXIS_BIT,
  EDGE_AXIS,
  EDGE_CORNER,
  FACE_CORNERS,
  type MarchingCubesTable,
  marchingCubesTable,
} from './marching-cubes-table.ts';
import type { Mesh, ScalarField } from './mesh.ts';

/** Crossings keep this share of a cell edge away from its ends, so that no two vertices ever coincide. */
const EDGE_MARGIN = 1e-3;
/** Stands for the outside beyond the grid and bounds infinite samples; its square is still finite. */
const HUGE = 1e30;
const INSIDE = 1;
const UNKNOWN = 16;

/**
 * The closed surface on which a field takes the value `isoLevel`, wound counter-clockwise seen from where the field is
 * smaller, with vertices in world space.
 *
 * Marching cubes (Lorensen and Cline 1987) whose ambiguous faces are settled by the asymptotic decider (Nielson and
 * Hamann 1991): the inside corners of a face are joined where the bilinear saddle is inside. The table's header proves
 * the result to be a closed manifold; it may fill a tunnel that the trilinear field has within one cell. Chosen over dual methods
 * because the vertices are exactly where the linear interpolation along a grid edge meets the level (but at least a
 * thousandth of a cell away from the samples) and closing splits are never needed.
 *
 * - A sample on the level counts as outside. Outside the grid the field counts as far below the level, so a shape that
 *   reaches the border is closed there.
 * - NaN marks samples that were never computed. Cells with such a corner are skipped: the surface is closed only where
 *   it lies within the computed band, and has a border where it leaves the band.
 *
 * @returns a mesh without normals; empty where no sample is above the level
 * @throws {AppError} `geometry.bad_shape` where the number of values does not fit the dimensions
 */
export function extractSurface(field: ScalarField, isoLevel = 0): Mesh {
  const [nx, ny, nz] = field.dims;
  if (!(nx >= 1 && ny >= 1 && nz >= 1) || field.values.length !== nx * ny * nz) {
    throw new AppError(
      'geometry.bad_shape',
      `extract surface: expected ${nx} x ${ny} x ${nz} field values, got ${field.values.length}`,
    );
  }
  return new SurfaceExtractor(field, isoLevel).run();
}

/** Walks the grid, widened by one outside sample on every side, one layer of cells at a time. */
class SurfaceExtractor {
  private readonly table: MarchingCubesTable = marchingCubesTable();
  /** Samples per padded row and plane. */
  private readonly rowSize: number;
  private readonly planeSize: number;
  /** Level-relative values of two neighbouring planes; plane z is at `(z & 1) * planeSize`. */
  private readonly values: Float64Array;
  private readonly signs: Uint8Array;
  /** Vertex on the edge that starts at a sample, -1 for none, per axis; the z edges need one plane only. */
  private readonly vertexOnEdge: readonly [Int32Array, Int32Array, Int32Array];
  private readonly cellVertices = new Int32Array(16);
  private positions = new Float32Array(3 << 14);
  private indices = new Uint32Array(3 << 15);
  private positionCount = 0;
  private indexCount = 0;

  constructor(
    private readonly field: ScalarField,
    private readonly isoLevel: number,
  ) {
    this.rowSize = field.dims[0] + 2;
    this.planeSize = this.rowSize * (field.dims[1] + 2);
    this.values = new Float64Array(2 * this.planeSize).fill(-HUGE);
    this.signs = new Uint8Array(2 * this.planeSize);
    this.vertexOnEdge = [
      new Int32Array(2 * this.planeSize).fill(-1),
      new Int32Array(2 * this.planeSize).fill(-1),
      new Int32Array(this.planeSize).fill(-1),
    ];
  }

  run(): Mesh {
    const { planeSize } = this;
    const [edgesX, edgesY, edgesZ] = this.vertexOnEdge;
    for (let z = 0; z <= this.field.dims[2]; z++) {
      const upper = ((z + 1) & 1) * planeSize;
      this.loadPlane(z + 1, upper);
      edgesX.fill(-1, upper, upper + planeSize);
      edgesY.fill(-1, upper, upper + planeSize);
      edgesZ.fill(-1);
      this.walkLayer(z);
    }
    return {
      positions: this.positions.slice(0, this.positionCount),
      indices: this.indices.slice(0, this.indexCount),
    };
  }

  /** Fills the plane at `base` with padded plane `z`. */
  private loadPlane(z: number, base: number): void {
    const { values, signs, rowSize, planeSize, isoLevel } = this;
    const [nx, ny, nz] = this.field.dims;
    const samples = this.field.values;
    if (z > nz) {
      values.fill(-HUGE, base, base + planeSize);
      signs.fill(0, base, base + planeSize);
      return;
    }
    let source = nx * ny * (z - 1);
    for (let y = 0; y < ny; y++) {
      let target = base + rowSize * (y + 1) + 1;
      for (let x = 0; x < nx; x++, source++, target++) {
        const value = samples[source]! - isoLevel;
        values[target] = Math.min(HUGE, Math.max(-HUGE, value));
        signs[target] = value > 0 ? INSIDE : value <= 0 ? 0 : UNKNOWN;
      }
    }
  }

  private walkLayer(z: number): void {
    const { signs, rowSize, planeSize } = this;
    const [nx, ny] = this.field.dims;
    const lower = (z & 1) * planeSize;
    const upper = ((z + 1) & 1) * planeSize;
    for (let y = 0; y <= ny; y++) {
      let index = rowSize * y;
      // Corners x = 0 of the cell in the low bits of a nibble; unknown samples leave a bit above it.
      let near = 0;
      for (let x = 0; x <= nx; x++, index++) {
        const next = index + 1;
        const far =
          signs[lower + next]! |
          (signs[lower + next + rowSize]! << 1) |
          (signs[upper + next]! << 2) |
          (signs[upper + next + rowSize]! << 3);
        if ((near | far) !== 0 && (near & far) !== 15 && (near | far) < UNKNOWN) {
          this.fillCell(near | (far << 4), x, y, z, index);
        }
        near = far;
      }
    }
  }

  private fillCell(cornerCase: number, x: number, y: number, z: number, index: number): void {
    const { cellVertices } = this;
    const ambiguous = this.table.ambiguousFaces[cornerCase]!;
    const joined = ambiguous === 0 ? 0 : this.joinedFaces(cornerCase, ambiguous, index, z);
    const cell = this.table.cells[64 * cornerCase + joined]!;
    const { edges, middles, triangles } = cell;
    for (let i = 0; i < edges.length; i++) cellVertices[edges[i]!] = this.vertexOn(edges[i]!, x, y, z, index);
    for (let i = 0; i < middles.length; i++) cellVertices[12 + i] = this.addMiddle(middles[i]!);
    if (this.indexCount + triangles.length > this.indices.length) {
      const grown = new Uint32Array(2 * this.indices.length);
      grown.set(this.indices);
      this.indices = grown;
    }
    for (let i = 0; i < triangles.length; i++) this.indices[this.indexCount++] = cellVertices[triangles[i]!]!;
  }

  /** The asymptotic decider; depends on the four values of each face alone, whichever cell asks. */
  private joinedFaces(cornerCase: number, ambiguous: number, index: number, z: number): number {
    let joined = 0;
    for (let face = 0; face < 6; face++) {
      if (((ambiguous >> face) & 1) === 0) continue;
      const corners = FACE_CORNERS[face]!;
      const even = this.cornerValue(corners[0], index, z) * this.cornerValue(corners[2], index, z);
      const odd = this.cornerValue(corners[1], index, z) * this.cornerValue(corners[3], index, z);
      const isEvenInside = ((cornerCase >> corners[0]) & 1) === 1;
      if (isEvenInside ? even > odd : odd > even) joined |= 1 << face;
    }
    return joined;
  }

  private cornerValue(corner: number, index: number, z: number): number {
    return this.values[
      ((z + ((corner >> 1) & 1)) & 1) * this.planeSize + index + (corner >> 2) + (corner & 1) * this.rowSize
    ]!;
  }

  private vertexOn(edge: number, x: number, y: number, z: number, index: number): number {
    const axis = EDGE_AXIS[edge]!;
    const corner = EDGE_CORNER[edge]!;
    const cache = this.vertexOnEdge[axis]!;
    const [dx, dy, dz] = [corner >> 2, corner & 1, (corner >> 1) & 1];
    const inPlane = index + dx + dy * this.rowSize;
    const slot = axis === 2 ? inPlane : ((z + dz) & 1) * this.planeSize + inPlane;
    const known = cache[slot]!;
    if (known >= 0) return known;

    const from = this.cornerValue(corner, index, z);
    const to = this.cornerValue(corner | AXIS_BIT[axis]!, index, z);
    const t = Math.min(1 - EDGE_MARGIN, Math.max(EDGE_MARGIN, from / (from - to)));
    const vertex = this.addVertex(
      this.worldX(x + dx + (axis === 0 ? t : 0)),
      this.worldY(y + dy + (axis === 1 ? t : 0)),
      this.worldZ(z + dz + (axis === 2 ? t : 0)),
    );
    cache[slot] = vertex;
    return vertex;
  }

  private worldX(padded: number): number {
    return this.field.origin[0] + this.field.spacing * (padded - 1);
  }

  private worldY(padded: number): number {
    return this.field.origin[1] + this.field.spacing * (padded - 1);
  }

  private worldZ(padded: number): number {
    return this.field.origin[2] + this.field.spacing * (padded - 1);
  }

  private addMiddle(loop: Uint8Array): number {
    let [x, y, z] = [0, 0, 0];
    for (let i = 0; i < loop.length; i++) {
      const at = 3 * this.cellVertices[loop[i]!]!;
      x += this.positions[at]!;
      y += this.positions[at + 1]!;
      z += this.positions[at + 2]!;
    }
    return this.addVertex(x / loop.length, y / loop.length, z / loop.length);
  }

  private addVertex(x: number, y: number, z: number): number {
    if (this.positionCount + 3 > this.positions.length) {
      const grown = new Float32Array(2 * this.positions.length);
      grown.set(this.positions);
      this.positions = grown;
    }
    const at = this.positionCount;
    this.positions[at] = x;
    this.positions[at + 1] = y;
    this.positions[at + 2] = z;
    this.positionCount = at + 3;
    return at / 3;
  }
}
