import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { NodeMask } from '../../../../../../workers/engines/hunyuan/volume/node-mask.ts';

type Node = [number, number, number];

function maskOf(n: number, nodes: readonly Node[]): NodeMask {
  const mask = new NodeMask(n);
  for (const node of nodes) mask.add(...node);
  return mask;
}

/** Grids around the width of one and of two words. */
const nodesOfGrid = fc.constantFrom(1, 2, 3, 31, 32, 33, 40, 64, 65).chain((n) => {
  const coordinate = fc.oneof(fc.integer({ min: 0, max: n - 1 }), fc.constantFrom(0, n - 1));
  return fc.tuple(fc.constant(n), fc.array(fc.tuple(coordinate, coordinate, coordinate), { maxLength: 6 }));
});

describe('NodeMask', () => {
  test('holds what was added, and counts it once', () => {
    fc.assert(
      fc.property(nodesOfGrid, ([n, nodes]) => {
        const mask = maskOf(n, nodes);
        expect(mask.count()).toBe(new Set(nodes.map(String)).size);
        expect(nodes.every((node) => mask.has(...node))).toBe(true);
      }),
      { seed: 1 },
    );
  });

  test('dilates to exactly the nodes at most one step away along every axis', () => {
    fc.assert(
      fc.property(nodesOfGrid, ([n, nodes]) => {
        const mask = maskOf(n, nodes);
        mask.dilate();
        const grown = new Set<string>();
        for (const [x, y, z] of nodes) {
          for (let i = 0; i < 27; i++) {
            const near = [x + (i % 3) - 1, y + (Math.floor(i / 3) % 3) - 1, z + Math.floor(i / 9) - 1] as Node;
            if (near.some((c) => c < 0 || c >= n)) continue;
            grown.add(String(near));
            expect(mask.has(...near)).toBe(true);
          }
        }
        expect(mask.count()).toBe(grown.size);
      }),
      { seed: 2 },
    );
  });

  test('keeps the bits beyond a row clear, so that rows do not run into each other', () => {
    const mask = maskOf(33, [[32, 5, 5]]);
    mask.dilate();
    mask.dilate();
    expect(mask.count()).toBe(3 * 5 * 5);
  });
});
