import { labelComponents } from './connected-components.ts';
import { distanceToMask } from './distance-transform.ts';

/** Enclosed background smaller than this share of the picture is taken for a marking or a highlight, not a hole. */
const MIN_HOLE_SHARE = 0.0005;
/** Outlines of drawings, with their soft edges, are thinner than this share of the longest side, or these pixels. */
const OUTLINE_SHARE = 0.009;
const OUTLINE_PX = 4;
/** The inside of a drawing's outline takes at least this share of the object. */
const DRAWING_SHARE = 0.15;

/**
 * Adds enclosed regions that look like background to it, in place, where they are holes: large enough, close to the
 * model, and not the uncoloured inside of a line drawing.
 * @param distance how far each pixel is from the background model; up to `near` it looks like background
 */
export function openHoles(
  background: Uint8Array,
  distance: Float32Array,
  near: number,
  width: number,
  height: number,
): void {
  const enclosed = new Uint8Array(background.length);
  let objectArea = 0;
  for (let i = 0; i < enclosed.length; i++) {
    if (background[i] !== 0) continue;
    objectArea++;
    if (distance[i]! <= near) enclosed[i] = 1;
  }
  const { labels, areas } = labelComponents(enclosed, width, height, 4);
  const minArea = Math.max(24, MIN_HOLE_SHARE * width * height);
  if (!areas.some((area) => area >= minArea)) return;

  const sums = new Float64Array(areas.length);
  for (let i = 0; i < labels.length; i++) sums[labels[i]!] = sums[labels[i]!]! + distance[i]!;
  const walls = wallThicknesses(labels, areas.length, background, width, height);
  const outline = Math.max(OUTLINE_PX, OUTLINE_SHARE * Math.max(width, height));
  const isHole = areas.map((area, label) => {
    if (label === 0 || area < minArea || sums[label]! > 0.55 * near * area) return false;
    const isInsideOfDrawing = walls[label]! < outline && area > DRAWING_SHARE * objectArea;
    return !isInsideOfDrawing;
  });
  for (let i = 0; i < labels.length; i++) if (isHole[labels[i]!]) background[i] = 1;
}

/** Median distance in pixels from the rim of each region to the background. */
function wallThicknesses(
  labels: Int32Array,
  count: number,
  background: Uint8Array,
  width: number,
  height: number,
): number[] {
  const toOutside = distanceToMask(background, width, height);
  const rims = Array.from({ length: count }, (): number[] => []);
  for (let i = width; i < labels.length - width; i++) {
    const label = labels[i]!;
    if (label === 0) continue;
    const isInner =
      labels[i - 1] === label && labels[i + 1] === label && labels[i - width] === label && labels[i + width] === label;
    if (!isInner) rims[label]!.push(toOutside[i]!);
  }
  return rims.map((rim) => rim.sort((p, q) => p - q)[rim.length >> 1] ?? Number.POSITIVE_INFINITY);
}
