import { describe, expect, test } from 'bun:test';
import { continueBeyondEnds } from '../../../../../../workers/engines/hull/single-view/end-caps.ts';
import { disc, either, rectangle, segment } from '../../../../../helpers/lit-outline.ts';
import { GRID, indexAt, sampleOnGrid } from '../../../../../helpers/outline-map.ts';

describe('flat ends', () => {
  test('of an upright part are continued, so that distances are those to its sides', () => {
    const continued = continueBeyondEnds(sampleOnGrid(rectangle(0.4, 0.6)), GRID);
    for (const y of [0, 0.4, 0.58]) expect(Math.abs(continued[indexAt(0.1, y)]! - 0.3)).toBeLessThan(GRID.spacing);
  });

  test('do not include the long sides of a lying bar', () => {
    const continued = continueBeyondEnds(sampleOnGrid(rectangle(1, 0.2)), GRID);
    expect(Math.abs(continued[indexAt(0, 0.1)]! - 0.1)).toBeLessThan(GRID.spacing);
    expect(continued[indexAt(0, 0.4)]!).toBe(-1);
  });

  test('are continued below a part whose top is round', () => {
    const bullet = either(disc(0, 0.2, 0.4), (x, y) => Math.min(0.4 - Math.abs(x), 0.2 - y, y + 0.7));
    const continued = continueBeyondEnds(sampleOnGrid(bullet), GRID);
    expect(Math.abs(continued[indexAt(0, -0.65)]! - 0.4)).toBeLessThan(2 * GRID.spacing);
  });

  test('do not bridge the gap to the part above', () => {
    const stack = either(
      (x, y) => Math.min(0.3 - Math.abs(x), 0.2 - Math.abs(y + 0.5)),
      (x, y) => Math.min(0.3 - Math.abs(x), 0.2 - Math.abs(y - 0.5)),
      segment(-1, 0, 1, 0, 0.05),
    );
    const distance = sampleOnGrid(stack);
    const continued = continueBeyondEnds(distance, GRID);
    distance.forEach((d, at) => {
      if (d > 0) expect(continued[at]!).toBeGreaterThan(0);
    });
  });

  test('of nothing are nothing', () => {
    expect(
      continueBeyondEnds(
        sampleOnGrid(() => -1),
        GRID,
      ).every((d) => d === -1),
    ).toBe(true);
  });
});
