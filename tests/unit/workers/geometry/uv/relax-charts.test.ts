import { describe, expect, test } from 'bun:test';
import { pairHalfEdges } from '../../../../../workers/geometry/half-edges.ts';
import type { Mesh } from '../../../../../workers/geometry/mesh.ts';
import { cutCharts } from '../../../../../workers/geometry/uv/chart-surface.ts';
import { measureStretch } from '../../../../../workers/geometry/uv/measure-stretch.ts';
import { projectCharts } from '../../../../../workers/geometry/uv/project-charts.ts';
import { relaxCharts } from '../../../../../workers/geometry/uv/relax-charts.ts';

/** A part of a cylinder around y that faces +Z, `degrees` wide, radius 1, height 1. */
function cylinderPatch(degrees: number, columns: number, rows: number): Mesh {
  const positions: number[] = [];
  const indices: number[] = [];
  for (let j = 0; j <= rows; j++) {
    for (let i = 0; i <= columns; i++) {
      const angle = ((i / columns - 0.5) * degrees * Math.PI) / 180;
      positions.push(Math.sin(angle), j / rows, Math.cos(angle));
      if (i === columns || j === rows) continue;
      const a = j * (columns + 1) + i;
      indices.push(a, a + 1, a + columns + 2, a, a + columns + 2, a + columns + 1);
    }
  }
  return { positions: Float32Array.from(positions), indices: Uint32Array.from(indices) };
}

/** Stretch of one chart, projected and relaxed. */
function layFlat({ positions, indices }: Mesh) {
  const pair = pairHalfEdges(indices, positions.length / 3).twin;
  const surface = cutCharts(indices, pair, new Int32Array(indices.length / 3), 1);
  const projected = projectCharts(positions, surface, new Float64Array([0, 0, 1]));
  const stretchOf = (uv: Float64Array) => {
    const local = Float32Array.from(surface.sourceVertex, () => 0);
    const flat = new Float32Array(local.length * 3);
    surface.sourceVertex.forEach((v, i) => {
      flat.set(positions.subarray(3 * v, 3 * v + 3), 3 * i);
    });
    return measureStretch(flat, Uint32Array.from(surface.corners), Float32Array.from(uv));
  };
  const relaxed = relaxCharts(positions, surface, projected);
  return { projected: stretchOf(projected), relaxed: stretchOf(relaxed), uv: relaxed };
}

describe('relaxCharts', () => {
  test('unrolls a cylinder to its true lengths', () => {
    const { projected, relaxed } = layFlat(cylinderPatch(120, 24, 8));
    expect(projected.max).toBeGreaterThan(1.5);
    expect(relaxed.max).toBeLessThan(1.02);
  });

  test('leaves a flat chart as it is', () => {
    const flat = cylinderPatch(90, 8, 8);
    for (let i = 2; i < flat.positions.length; i += 3) flat.positions[i] = 0;
    const { projected, relaxed } = layFlat(flat);
    expect(projected.max).toBeCloseTo(1, 5);
    expect(relaxed.max).toBeCloseTo(1, 5);
  });

  test('stays finite on needle triangles', () => {
    const needles = cylinderPatch(60, 4, 4);
    for (let i = 1; i < needles.positions.length; i += 3) needles.positions[i]! *= 1e-5;
    expect(layFlat(needles).uv.every(Number.isFinite)).toBe(true);
  });
});

describe('measureStretch', () => {
  test('is 1 for an isometric copy at any scale', () => {
    const { positions, indices } = cylinderPatch(90, 4, 4);
    for (let i = 2; i < positions.length; i += 3) positions[i] = 0;
    const uvs = Float32Array.from(
      { length: (positions.length / 3) * 2 },
      (_, i) => positions[3 * (i >> 1) + (i & 1)]! / 7,
    );
    const { rms, p95, max } = measureStretch(positions, indices, uvs);
    for (const value of [rms, p95, max]) expect(value).toBeCloseTo(1, 5);
  });

  test('is the ratio of lengths where one direction is squeezed', () => {
    const square = new Float32Array([0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0]);
    const { rms, max } = measureStretch(
      square,
      new Uint32Array([0, 1, 2, 0, 2, 3]),
      new Float32Array([0, 0, 0.5, 0, 0.5, 2, 0, 2]),
    );
    expect(max).toBeCloseTo(2, 5);
    expect(rms).toBeCloseTo(Math.sqrt((4 + 0.25) / 2), 5);
  });
});
