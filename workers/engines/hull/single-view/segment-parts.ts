import { findNearestFeature2d } from '../../../geometry/distance-transform.ts';
import type { ReliefGrid } from './relief-grid.ts';

/** Thinner places separate parts, relative to the largest radius. */
const NECK_SHARE = 0.4;
/** Parts smaller than this share of the largest one are not worth a judgement of their own. */
const MIN_AREA_SHARE = 0.05;

export interface Parts {
  /** Part of each sample, covered or not, 0 to count - 1: its own or the nearest one. */
  labels: Uint8Array;
  count: number;
}

/**
 * Separates bulky parts that are joined by thin ones only, such as a sign on poles from the body that holds it. Thin
 * parts belong to the nearest bulky one. There is at least one part.
 */
export function segmentParts(
  distance: Float32Array,
  radius: Float32Array,
  bulkRadius: number,
  grid: ReliefGrid,
): Parts {
  const { width, height } = grid;
  const component = new Int32Array(distance.length).fill(-1);
  const areas: number[] = [];
  const queue = new Int32Array(distance.length);
  const isBulky = (at: number) => distance[at]! > 0 && radius[at]! > NECK_SHARE * bulkRadius;
  for (let start = 0; start < distance.length; start++) {
    if (component[start]! >= 0 || !isBulky(start)) continue;
    let tail = 0;
    queue[tail++] = start;
    component[start] = areas.length;
    for (let head = 0; head < tail; head++) {
      const at = queue[head]!;
      // The outermost samples of a relief grid are never covered, so all four neighbours exist.
      for (const next of [at - 1, at + 1, at - width, at + width]) {
        if (component[next]! >= 0 || !isBulky(next)) continue;
        component[next] = areas.length;
        queue[tail++] = next;
      }
    }
    areas.push(tail);
  }
  const largest = Math.max(0, ...areas);
  const partOf = new Map<number, number>();
  areas.forEach((area, c) => {
    if (area >= MIN_AREA_SHARE * largest && partOf.size < 255) partOf.set(c, partOf.size);
  });
  const isPart = Uint8Array.from(component, (c) => (partOf.has(c) ? 1 : 0));
  const nearest = findNearestFeature2d(isPart, width, height);
  const labels = Uint8Array.from(nearest, (at) => (at < 0 ? 0 : partOf.get(component[at]!)!));
  return { labels, count: Math.max(1, partOf.size) };
}
