import type { LabPlanes } from './color-space.ts';
import { invertMask } from './connected-components.ts';
import { distanceToMask } from './distance-transform.ts';
import { grabCut } from './grab-cut.ts';
import { fitGuidedFilter } from './guided-filter.ts';

/** Longest side in pixels of the grid that is cut. */
const CUT_SIDE = 288;
/** Longest side in pixels at which the edge is refined. */
const REFINE_SIDE = 640;
/** Half width of the band around the cut in which the edge is looked for again, in pixels of the cut grid. */
const BAND = 1.6;
/** Variance of OKLab colours below which the surroundings of a pixel tell nothing about the edge. */
const FLAT_VARIANCE = 4e-4;

/**
 * Coverage, 0 to 1, of the most salient object in front of any background: a minimum cut on a small grid, whose
 * edge is then fitted to the colours at full resolution by a guided filter.
 */
export function matteScene(lab: LabPlanes): Float32Array {
  const { width, height, planes } = lab;
  const longest = Math.max(width, height);
  const cut = shrink(lab, Math.ceil(longest / CUT_SIDE));
  const object = grabCut(cut);

  const middle = shrink(lab, Math.ceil(longest / REFINE_SIDE));
  const ratio = middle.width / cut.width;
  const mask = new Float32Array(middle.width * middle.height);
  const soft = Float32Array.from(object);
  sampleInto(soft, cut.width, cut.height, mask, middle.width, middle.height);
  const radius = Math.max(2, Math.round(1.5 * ratio));
  const model = fitGuidedFilter(middle.planes, mask, middle.width, middle.height, radius, FLAT_VARIANCE);

  const edgeDistance = distanceToEdge(object, cut.width, cut.height);
  const coverage = new Float32Array(width * height);
  const inCut = createSampler(cut.width, cut.height, width, height);
  const inMiddle = createSampler(middle.width, middle.height, width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const signed = inCut(edgeDistance, x, y);
      if (signed >= BAND) coverage[i] = 1;
      if (Math.abs(signed) >= BAND) continue;
      let value = inMiddle(model[3], x, y);
      for (let c = 0; c < 3; c++) value += inMiddle(model[c]!, x, y) * planes[c]![i]!;
      // The filter's answer is blunt: its middle part is stretched.
      coverage[i] = Math.min(1, Math.max(0, (value - 0.5) * 1.8 + 0.5));
    }
  }
  return coverage;
}

/** Means over squares of `factor` pixels. */
function shrink({ width, height, planes }: LabPlanes, factor: number): LabPlanes {
  if (factor <= 1) return { width, height, planes };
  const [w, h] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  const counts = new Float32Array(w * h);
  const small = [new Float32Array(w * h), new Float32Array(w * h), new Float32Array(w * h)] as const;
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / factor) * w;
    for (let x = 0; x < width; x++) {
      const i = row + Math.floor(x / factor);
      counts[i] = counts[i]! + 1;
      for (let c = 0; c < 3; c++) small[c]![i] = small[c]![i]! + planes[c]![y * width + x]!;
    }
  }
  for (const plane of small) for (let i = 0; i < plane.length; i++) plane[i] = plane[i]! / counts[i]!;
  return { width: w, height: h, planes: small };
}

/** Distance in pixels to the edge of a mask, positive inside. */
function distanceToEdge(mask: Uint8Array, width: number, height: number): Float32Array {
  const inside = distanceToMask(invertMask(mask), width, height);
  const outside = distanceToMask(mask, width, height);
  return inside.map((d, i) => Math.min(d, 1e4) - Math.min(outside[i]!, 1e4) + (mask[i] !== 0 ? -0.5 : 0.5));
}

type Sampler = (plane: Float32Array, x: number, y: number) => number;

/** Reads a small plane, bilinear, at the pixels of a picture that covers the same area. */
function createSampler(smallWidth: number, smallHeight: number, width: number, height: number): Sampler {
  const scaleX = smallWidth / width;
  const scaleY = smallHeight / height;
  return (plane, x, y) => {
    const u = Math.min(smallWidth - 1, Math.max(0, (x + 0.5) * scaleX - 0.5));
    const v = Math.min(smallHeight - 1, Math.max(0, (y + 0.5) * scaleY - 0.5));
    const x0 = Math.floor(u);
    const y0 = Math.floor(v);
    const tx = u - x0;
    const ty = v - y0;
    const x1 = Math.min(smallWidth - 1, x0 + 1);
    const row0 = y0 * smallWidth;
    const row1 = Math.min(smallHeight - 1, y0 + 1) * smallWidth;
    const upper = plane[row0 + x0]! * (1 - tx) + plane[row0 + x1]! * tx;
    const lower = plane[row1 + x0]! * (1 - tx) + plane[row1 + x1]! * tx;
    return upper * (1 - ty) + lower * ty;
  };
}

function sampleInto(
  small: Float32Array,
  smallWidth: number,
  smallHeight: number,
  out: Float32Array,
  width: number,
  height: number,
): void {
  const sample = createSampler(smallWidth, smallHeight, width, height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[y * width + x] = sample(small, x, y);
}
