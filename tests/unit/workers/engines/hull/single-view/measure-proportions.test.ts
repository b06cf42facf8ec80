import { describe, expect, test } from 'bun:test';
import { measureLocalRadius } from '../../../../../../workers/engines/hull/single-view/local-radius.ts';
import { measureProportions } from '../../../../../../workers/engines/hull/single-view/measure-proportions.ts';
import { segmentParts } from '../../../../../../workers/engines/hull/single-view/segment-parts.ts';
import { disc, either, type Outline, rectangle, segment } from '../../../../../helpers/lit-outline.ts';
import { GRID, indexAt, sampleOnGrid } from '../../../../../helpers/outline-map.ts';

const measure = (outline: Outline) => measureProportions(sampleOnGrid(outline), GRID);

describe('proportions of an outline', () => {
  test('of a rectangle: its sides, a foot as wide as itself, all rows straight', () => {
    const { width, height, bulkRadius, footShare, rectangularity } = measure(rectangle(0.51, 0.71));
    expect(width).toBeCloseTo(1.02, 5);
    expect(height).toBeCloseTo(1.42, 5);
    expect(Math.abs(bulkRadius - 0.51)).toBeLessThan(GRID.spacing);
    expect([footShare, rectangularity]).toEqual([1, 1]);
  });

  test('of a disc: a narrow foot, hardly any straight rows', () => {
    const { footShare, rectangularity } = measure(disc(0, 0, 0.8));
    expect(footShare).toBeLessThan(0.6);
    expect(rectangularity).toBeLessThan(0.4);
  });

  test('a table stands on the span of its legs, and its rectangle does not include them', () => {
    const legs = either(segment(-0.6, 0, -0.6, -0.8, 0.05), segment(0.6, 0, 0.6, -0.8, 0.05));
    const { footShare, rectangularity, rectangle: top } = measure(either(rectangle(0.7, 0.4), legs));
    expect(footShare).toBeGreaterThan(0.85);
    expect(rectangularity).toBe(1);
    expect(Math.abs(GRID.y0 + GRID.spacing * top.bottom + 0.4)).toBeLessThan(2 * GRID.spacing);
  });

  test('of nothing are zero', () => {
    expect(measure(() => -1)).toMatchObject({ width: 0, height: 0, bulkRadius: 0, footShare: 0, rectangularity: 0 });
  });
});

describe('parts', () => {
  const split = (outline: Outline) => {
    const distance = sampleOnGrid(outline);
    const { bulkRadius } = measureProportions(distance, GRID);
    return segmentParts(distance, measureLocalRadius(distance, GRID), bulkRadius, GRID);
  };

  test('joined by a pole are told apart, and the pole is shared between them', () => {
    const { labels, count } = split(either(disc(0, -0.5, 0.45), disc(0, 0.7, 0.35), segment(0, -0.5, 0, 0.7, 0.04)));
    expect(count).toBe(2);
    expect(labels[indexAt(0, -0.5)]).not.toBe(labels[indexAt(0, 0.7)]!);
    expect(labels[indexAt(0, 0)]).toBe(labels[indexAt(0, -0.5)]!);
  });

  test('joined broadly are one', () => {
    expect(split(either(disc(0, -0.3, 0.5), disc(0, 0.4, 0.4))).count).toBe(1);
  });

  test('that are tiny go with their neighbour', () => {
    expect(split(either(disc(0, -0.3, 0.6), disc(0, 0.9, 0.05))).count).toBe(1);
  });

  test('of nothing are one', () => {
    expect(split(() => -1).count).toBe(1);
  });
});
