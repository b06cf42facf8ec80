import { expect, test } from 'bun:test';
import { cutGrid, type GridGraph } from '../../../../workers/imaging/grid-cut.ts';
import { seededRandom } from '../../../helpers/pictures.ts';

function randomGraph(width: number, height: number, seed: number): GridGraph {
  const random = seededRandom(seed);
  // Small whole numbers, many of them 0: ties and missing links are the hard cases.
  const plane = (): Float32Array => Float32Array.from({ length: width * height }, () => Math.floor(random() * 5));
  return {
    width,
    height,
    source: plane(),
    sink: plane(),
    right: plane(),
    down: plane(),
    downRight: plane(),
    downLeft: plane(),
  };
}

function cutCost(graph: GridGraph, side: ArrayLike<number>): number {
  const { width, height } = graph;
  let cost = 0;
  const links = [
    [graph.right, 1, 0],
    [graph.down, 0, 1],
    [graph.downRight, 1, 1],
    [graph.downLeft, -1, 1],
  ] as const;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      cost += side[i] !== 0 ? graph.sink[i]! : graph.source[i]!;
      for (const [capacity, dx, dy] of links) {
        const [u, v] = [x + dx, y + dy];
        if (u >= 0 && u < width && v < height && side[i] !== side[v * width + u]) cost += capacity[i]!;
      }
    }
  }
  return cost;
}

test('no labelling of a small grid is cheaper than the cut', () => {
  for (let seed = 0; seed < 16; seed++) {
    const graph = randomGraph(4, 3, seed);
    let cheapest = Number.POSITIVE_INFINITY;
    for (let bits = 0; bits < 2 ** 12; bits++) {
      const labels = Array.from({ length: 12 }, (_, i) => (bits >> i) & 1);
      cheapest = Math.min(cheapest, cutCost(graph, labels));
    }
    expect({ seed, cost: cutCost(graph, cutGrid(graph)) }).toEqual({ seed, cost: cheapest });
  }
});

test('changing any one pixel of a large cut makes it no cheaper', () => {
  const graph = randomGraph(24, 20, 7);
  const side = cutGrid(graph);
  const cost = cutCost(graph, side);
  for (let i = 0; i < side.length; i++) {
    side[i] = 1 - side[i]!;
    expect(cutCost(graph, side)).toBeGreaterThanOrEqual(cost);
    side[i] = 1 - side[i]!;
  }
});

test('a strip between two weak links falls to the side that holds it', () => {
  const zero = (): Float32Array => new Float32Array(5);
  const graph = {
    width: 5,
    height: 1,
    source: Float32Array.of(9, 0, 0, 0, 0),
    sink: Float32Array.of(0, 0, 0, 0, 9),
    right: Float32Array.of(5, 5, 1, 5, 0),
    down: zero(),
    downRight: zero(),
    downLeft: zero(),
  };
  expect([...cutGrid(graph)]).toEqual([1, 1, 1, 0, 0]);
});
