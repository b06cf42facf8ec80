import { describe, expect, test } from 'bun:test';
import { diffuseOverSurface } from '../../../../workers/texture/diffuse-over-surface.ts';
import { buildSurfaceGraph } from '../../../../workers/texture/surface-graph.ts';
import { createUvBox, createUvSphere, joinUvMeshes } from '../../../helpers/texture-shapes.ts';

describe('buildSurfaceGraph', () => {
  test('joins the copies of vertices along seams', () => {
    const box = createUvBox([1, 1, 1], 4);
    const graph = buildSurfaceGraph(box);
    // grid points on the surface of a 4 x 4 x 4 box: 5^3 less the 3^3 inner ones
    expect(graph.nodeCount).toBe(98);
    for (let n = 0; n < graph.nodeCount; n++) expect(graph.nodeOfVertex[graph.vertexOfNode[n]!]).toBe(n);
  });

  test('links are mutual, equally strong, and without repeats', () => {
    const graph = buildSurfaceGraph(createUvSphere(1, 16, 8));
    const links = new Map<string, number>();
    for (let n = 0; n < graph.nodeCount; n++) {
      for (let k = graph.offsets[n]!; k < graph.offsets[n + 1]!; k++) {
        const key = `${n} ${graph.neighbors[k]!}`;
        expect(links.has(key)).toBe(false);
        links.set(key, graph.strengths[k]!);
      }
    }
    for (const [key, strength] of links) expect(links.get(key.split(' ').reverse().join(' '))).toBe(strength);
    // Euler: 3 (V - 2) edges on a closed triangulated sphere, each linked in both directions
    expect(links.size).toBe(2 * 3 * (graph.nodeCount - 2));
  });
});

describe('diffuseOverSurface', () => {
  test('continues colours linearly along a level strip', () => {
    // a level strip of 21 columns: 0 at one end, 200 at the other
    const columns = 21;
    const positions: number[] = [];
    const indices: number[] = [];
    for (let i = 0; i < columns; i++) positions.push(i, 0, 0, i, 0, 1);
    for (let i = 0; i + 1 < columns; i++) indices.push(2 * i, 2 * i + 1, 2 * i + 2, 2 * i + 2, 2 * i + 1, 2 * i + 3);
    const graph = buildSurfaceGraph({ positions: Float32Array.from(positions), indices: Uint32Array.from(indices) });
    const values = new Float32Array(3 * graph.nodeCount).fill(Number.NaN);
    const confidence = new Float32Array(graph.nodeCount);
    for (const [vertex, value] of [
      [0, 0],
      [1, 0],
      [40, 200],
      [41, 200],
    ] as const) {
      const node = graph.nodeOfVertex[vertex]!;
      confidence[node] = 1e6;
      values.fill(value, 3 * node, 3 * node + 3);
    }
    const out = diffuseOverSurface(graph, values, confidence);
    // within 1 %: diagonals and the settling threshold bend the line a little
    for (let i = 0; i < columns; i++) {
      const mean = (out[3 * graph.nodeOfVertex[2 * i]!]! + out[3 * graph.nodeOfVertex[2 * i + 1]!]!) / 2;
      expect(Math.abs(mean - 10 * i)).toBeLessThan(1);
    }
  });

  test('stays within the observed colours and reaches parts that are not connected', () => {
    const scene = joinUvMeshes([createUvSphere(0.5), createUvBox([0.1, 0.1, 0.1], 2, [0.8, 0, 0])]);
    const graph = buildSurfaceGraph(scene);
    const values = new Float32Array(3 * graph.nodeCount).fill(Number.NaN);
    const confidence = new Float32Array(graph.nodeCount);
    for (let n = 0; n < graph.nodeCount; n += 37) {
      if (scene.positions[3 * graph.vertexOfNode[n]!]! > 0.6) continue;
      confidence[n] = 1;
      values.set([40, 90 + (n % 5) * 10, 200], 3 * n);
    }
    const out = diffuseOverSurface(graph, values, confidence);
    for (let n = 0; n < graph.nodeCount; n++) {
      expect(Math.abs(out[3 * n]! - 40)).toBeLessThan(1);
      expect(out[3 * n + 1]!).toBeGreaterThan(88);
      expect(out[3 * n + 1]!).toBeLessThan(132);
    }
  });
});
