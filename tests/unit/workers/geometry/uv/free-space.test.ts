import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type CellGrid, markChartCells, toMask, turnGrid } from '../../../../../workers/geometry/uv/chart-mask.ts';
import { FreeSpace } from '../../../../../workers/geometry/uv/free-space.ts';

/** A grid as it is drawn, first row at the top of the text but at y = 0. */
function draw(...rows: string[]): CellGrid {
  const cells = Uint8Array.from([...rows.join('')].map((c) => (c === '#' ? 1 : 0)));
  return { width: rows[0]!.length, height: rows.length, cells };
}

const show = ({ width, cells }: CellGrid): string[] =>
  Array.from({ length: cells.length / width }, (_, y) =>
    [...cells.subarray(y * width, (y + 1) * width)].map((c) => (c ? '#' : '.')).join(''),
  );

const SIZE = 40;

describe('FreeSpace', () => {
  test('finds the lowest, then leftmost place, as trying every place does', () => {
    // Wider than what counts as small, so that no row is skipped.
    const grid = fc
      .tuple(fc.integer({ min: 17, max: 22 }), fc.integer({ min: 1, max: 8 }))
      .chain(([width, height]) =>
        fc
          .uint8Array({ minLength: width * height, maxLength: width * height, max: 1 })
          .map((cells): CellGrid => ({ width, height, cells: cells.fill(1, 0, width) })),
      );
    fc.assert(
      fc.property(fc.array(grid, { minLength: 1, maxLength: 14 }), (grids) => {
        const space = new FreeSpace(SIZE);
        const taken = new Uint8Array(SIZE * SIZE);
        for (const { width, height, cells } of grids) {
          const collides = (x: number, y: number) =>
            cells.some((c, i) => c === 1 && taken[(y + Math.floor(i / width)) * SIZE + x + (i % width)] === 1);
          let expected: { x: number; y: number } | undefined;
          for (let y = 0; y + height <= SIZE && !expected; y++) {
            for (let x = 0; x + width <= SIZE && !expected; x++) if (!collides(x, y)) expected = { x, y };
          }
          const mask = toMask({ width, height, cells });
          const place = space.find(mask, SIZE);
          expect(place).toEqual(expected);
          if (place === undefined) continue;
          space.take(mask, place);
          cells.forEach((c, i) => {
            if (c === 1) taken[(place.y + Math.floor(i / width)) * SIZE + place.x + (i % width)] = 1;
          });
        }
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  test('never puts small masks over each other', () => {
    const space = new FreeSpace(12);
    const taken = new Set<number>();
    for (let mask = toMask(draw('##', '#.')), place = space.find(mask, 12); place; place = space.find(mask, 12)) {
      space.take(mask, place);
      for (const [x, y] of [
        [0, 0],
        [1, 0],
        [0, 1],
      ] as const) {
        const cell = (place.y + y) * 12 + place.x + x;
        expect(taken.has(cell)).toBe(false);
        taken.add(cell);
      }
    }
    expect(taken.size).toBeGreaterThan(100);
  });

  test('finds nothing for a mask that is larger than the space', () => {
    expect(new FreeSpace(2).find(toMask(draw('###')), 2)).toBeUndefined();
  });
});

describe('turnGrid', () => {
  test('turns counter-clockwise with y upwards', () => {
    const grid = draw('###', '#..');
    expect(show(turnGrid(grid, 1))).toEqual(['##', '.#', '.#']);
    expect(show(turnGrid(grid, 2))).toEqual(['..#', '###']);
    expect(show(turnGrid(grid, 3))).toEqual(['#.', '#.', '##']);
  });
});

describe('markChartCells', () => {
  test('marks every cell that a thin sliver touches, be it in a corner only', () => {
    const sliver = new Float64Array([0, 0, 4, 2, 3.9, 2]);
    expect(show(markChartCells(sliver, Int32Array.from([0]), [4, 2], 1, 0))).toEqual(['###..', '.####', '...##']);
  });

  test('grows the marks by the margin on every side', () => {
    const dot = new Float64Array([0.2, 0.2, 0.4, 0.2, 0.2, 0.4]);
    expect(show(markChartCells(dot, Int32Array.from([0]), [0.4, 0.4], 1, 1))).toEqual(['###', '###', '###']);
  });
});
