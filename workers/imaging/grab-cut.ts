import { boundarySaliency } from './boundary-saliency.ts';
import type { LabPlanes } from './color-space.ts';
import { invertMask, labelComponents } from './connected-components.ts';
import { fitMixture, logDensity } from './gaussian-mixture.ts';
import { cutGrid, type GridGraph } from './grid-cut.ts';

const ROUNDS = 5;
const COMPONENTS = 5;
/** Cost in nats of an edge between equal colours, which a contour should avoid. */
const SMOOTHNESS = 12;
/** Cost of calling a border pixel object. The object may touch the border, but not for nothing. */
const BORDER_COST = 6;
/** How much the saliency speaks besides the colours, in nats at its extremes. */
const PRIOR_WEIGHT = 2.5;
/** Colours that neither model knows say nothing: log ratios are cut here. */
const MAX_LOG_RATIO = 8;
/** Parts smaller than this share of the largest are left out. */
const MIN_PART_SHARE = 0.02;
/** Gaps smaller than this share of the picture are closed. */
const MIN_GAP_SHARE = 0.0015;

/**
 * Separates an object from any background: colour models of both sides, each a mixture of normal distributions,
 * and a minimum cut between them in turns, starting from what has least to do with the picture's border.
 * @param lab a small picture, about 300 pixels across: time grows faster than its area
 * @returns 1 on the object, 0 elsewhere; all 0 where nothing stands out
 * @see Rother, Kolmogorov and Blake, GrabCut, SIGGRAPH 2004.
 */
export function grabCut(lab: LabPlanes): Uint8Array {
  const { width, height, planes } = lab;
  const saliency = boundarySaliency(lab);
  const centre = centrePrior(width, height);
  for (let i = 0; i < saliency.length; i++) saliency[i] = saliency[i]! * 0.6 + 0.4 * centre[i]!;
  const threshold = otsuThreshold(saliency);
  let object: Uint8Array = Uint8Array.from(saliency, (s) => (s > threshold ? 1 : 0));
  const graph = contrastGraph(lab);

  for (let round = 0; round < ROUNDS; round++) {
    const inside = new Float32Array(object.length);
    const outside = new Float32Array(object.length);
    for (let i = 0; i < object.length; i++) {
      if (object[i] !== 0) inside[i] = 1;
      else outside[i] = 1;
    }
    if (!inside.includes(1) || !outside.includes(1)) break;
    const objectColors = fitMixture(planes, inside, COMPONENTS);
    const backgroundColors = fitMixture(planes, outside, COMPONENTS);
    for (let i = 0; i < object.length; i++) {
      const l = planes[0][i]!;
      const a = planes[1][i]!;
      const b = planes[2][i]!;
      const ratio = logDensity(objectColors, l, a, b) - logDensity(backgroundColors, l, a, b);
      const prior = PRIOR_WEIGHT * Math.max(-1, Math.min(1, (2 * (saliency[i]! - threshold)) / (threshold + 1e-6)));
      const x = i % width;
      const isBorder = x === 0 || x === width - 1 || i < width || i >= width * (height - 1);
      const vote = Math.max(-MAX_LOG_RATIO, Math.min(MAX_LOG_RATIO, ratio)) + prior - (isBorder ? BORDER_COST : 0);
      graph.source[i] = Math.max(0, vote);
      graph.sink[i] = Math.max(0, -vote);
    }
    const next = cutGrid(graph);
    const isSettled = next.every((v, i) => v === object[i]);
    object = next;
    if (isSettled) break;
  }
  return tidy(object, width, height);
}

/** 1 in the middle of the picture, falling to 0 in its corners: pictures are composed around their object. */
function centrePrior(width: number, height: number): Float32Array {
  const prior = new Float32Array(width * height);
  for (let i = 0; i < prior.length; i++) {
    const x = i % width;
    const u = (2 * x + 1) / width - 1;
    const v = (2 * ((i - x) / width) + 1) / height - 1;
    prior[i] = Math.exp(-2 * (u * u + v * v));
  }
  return prior;
}

/** The threshold between two classes of values, 0 to 1, that leaves least variance within them. */
function otsuThreshold(values: Float32Array): number {
  const bins = 128;
  const histogram = new Uint32Array(bins);
  for (const v of values) {
    const bin = Math.min(bins - 1, Math.floor(v * bins));
    histogram[bin] = histogram[bin]! + 1;
  }
  const total = values.length;
  const sum = histogram.reduce((s, count, bin) => s + count * bin, 0);
  let [below, belowSum, best, bestBin] = [0, 0, -1, 0];
  for (let bin = 0; bin < bins - 1; bin++) {
    below += histogram[bin]!;
    belowSum += histogram[bin]! * bin;
    const above = total - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (belowSum / below - (sum - belowSum) / above) ** 2;
    if (between > best) {
      best = between;
      bestBin = bin;
    }
  }
  return (bestBin + 1) / bins;
}

/** Neighbour costs that fall with contrast, relative to the picture's mean contrast. */
function contrastGraph({ width, height, planes }: LabPlanes): GridGraph {
  const n = width * height;
  const plane = (): Float32Array => new Float32Array(n);
  const graph = {
    width,
    height,
    source: plane(),
    sink: plane(),
    right: plane(),
    down: plane(),
    downRight: plane(),
    downLeft: plane(),
  };
  const squared = (p: number, q: number): number =>
    (planes[0][p]! - planes[0][q]!) ** 2 + (planes[1][p]! - planes[1][q]!) ** 2 + (planes[2][p]! - planes[2][q]!) ** 2;
  const links = [
    { capacity: graph.right, dx: 1, dy: 0 },
    { capacity: graph.down, dx: 0, dy: 1 },
    { capacity: graph.downRight, dx: 1, dy: 1 },
    { capacity: graph.downLeft, dx: -1, dy: 1 },
  ];
  let [sum, count] = [0, 0];
  const forEachLink = (visit: (capacity: Float32Array, p: number, q: number, length: number) => void): void => {
    for (const { capacity, dx, dy } of links) {
      for (let y = 0; y + dy < height; y++) {
        for (let x = Math.max(0, -dx); x + Math.max(0, dx) < width; x++) {
          const p = y * width + x;
          visit(capacity, p, p + dy * width + dx, dx !== 0 && dy !== 0 ? Math.SQRT2 : 1);
        }
      }
    }
  };
  forEachLink((_, p, q) => {
    sum += squared(p, q);
    count++;
  });
  const falloff = count > 0 && sum > 0 ? count / (2 * sum) : 0;
  forEachLink((capacity, p, q, length) => {
    capacity[p] = (SMOOTHNESS * Math.exp(-falloff * squared(p, q))) / length;
  });
  return graph;
}

/** Leaves out small parts and closes small gaps. */
function tidy(object: Uint8Array, width: number, height: number): Uint8Array {
  const parts = labelComponents(object, width, height, 8);
  const largest = parts.areas.reduce((max, area) => Math.max(max, area), 0);
  const tidied = object.map((v, i) => (v !== 0 && parts.areas[parts.labels[i]!]! >= MIN_PART_SHARE * largest ? 1 : 0));
  const gaps = labelComponents(invertMask(tidied), width, height, 4);
  const minGap = MIN_GAP_SHARE * width * height;
  return tidied.map((v, i) => (v !== 0 || gaps.areas[gaps.labels[i]!]! < minGap ? 1 : 0));
}
