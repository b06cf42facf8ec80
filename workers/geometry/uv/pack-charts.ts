import { type ChartMask, markChartCells, toMask, turnGrid } from './chart-mask.ts';
import { FreeSpace, type Place } from './free-space.ts';

/** Cells along the atlas; more pack tighter and take longer. */
const MAX_CELLS = 512;
/** First guess of the share of the atlas that charts with their gutters fill. */
const FIRST_FILL = 0.86;
/** Factor between scales until one fits and one does not; doubled in the exponent with every try. */
const BRACKET_STEP = 1.04;
/** The search ends when the scale is known this well. */
const SCALE_PRECISION = 1.008;
/** With more charts than this only one order is tried: they differ little then, and packing takes longer. */
const MANY_CHARTS = 300;
/** Halvings of a world that no scale can make fit. */
const MAX_ATTEMPTS = 60;

export interface PackOptions {
  /** Side of the texture in texels. */
  textureSize: number;
  /** Texels between charts, at least. */
  gutterPx: number;
  /** False once time is short: the first packing that fits is taken. */
  mayRefine(): boolean;
}

export interface Packing {
  /** uvs per corner in [0, 1], v upwards, two numbers each. */
  cornerUv: Float64Array;
  /** Texture widths per world unit. */
  scale: number;
}

/**
 * Places charts into the unit square at one common scale, as large as fits.
 *
 * Works on a grid of cells (one or a few texels each): every chart is rasterised so that all cells it touches are
 * marked, grown by half the gutter, and put at the lowest free place of its four quarter turns, large charts first,
 * small ones into the holes between them. The scale is searched by repeated packing. Never mirrors a chart.
 *
 * @param cornerUv two numbers per corner of the mesh in world units; each chart's least coordinates are 0
 * @param sizes width and height per chart
 */
export function packCharts(
  chart: Int32Array,
  chartCount: number,
  cornerUv: Float64Array,
  sizes: Float64Array,
  options: PackOptions,
): Packing {
  const cellPx = Math.max(1, options.textureSize / MAX_CELLS);
  const cellCount = Math.floor(options.textureSize / cellPx);
  const margin = Math.ceil(options.gutterPx / 2 / cellPx);
  const faces = facesByChart(chart, chartCount);
  const packer = new ScaledPacker(faces, cornerUv, sizes, cellCount, margin);

  let scale = packer.guessScale(cellCount);
  let best: Layout | undefined;
  let tooLarge = Infinity;
  let step = BRACKET_STEP;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const layout = packer.pack(scale);
    if (layout !== undefined) best = layout;
    else tooLarge = scale;
    if (best !== undefined && (!options.mayRefine() || best.scale * SCALE_PRECISION >= tooLarge)) break;
    if (best !== undefined && tooLarge < Infinity) scale = Math.sqrt(best.scale * tooLarge);
    else {
      scale = best === undefined ? scale / step : scale * step;
      step *= step;
    }
  }
  if (best === undefined) throw new Error('packCharts: charts fit at no scale');
  return applyLayout(chart, cornerUv, sizes, best, cellCount, margin);
}

interface Layout {
  /** Cells per world unit. */
  scale: number;
  /** Per chart. */
  places: Place[];
  quarterTurns: Uint8Array;
}

class ScaledPacker {
  /** Orders in which charts are placed; the one that fitted last comes first. */
  private readonly orders: number[][];
  private readonly area: number;

  constructor(
    private readonly faces: readonly Int32Array[],
    private readonly cornerUv: Float64Array,
    private readonly sizes: Float64Array,
    private readonly cellCount: number,
    private readonly margin: number,
  ) {
    const long = (c: number): number => Math.max(sizes[2 * c]!, sizes[2 * c + 1]!);
    const short = (c: number): number => Math.min(sizes[2 * c]!, sizes[2 * c + 1]!);
    const areas = faces.map((list) => flatArea(cornerUv, list));
    const keys: ((c: number) => number)[] = [long, (c) => long(c) + short(c), (c) => areas[c]!];
    if (faces.length > MANY_CHARTS) keys.length = 1;
    this.orders = keys.map((key) => faces.map((_, c) => c).sort((a, b) => key(b) - key(a) || a - b));
    this.area = areas.reduce((sum, area) => sum + area, 0);
  }

  /** The scale at which the charts' areas and gutters fill a usual share of the atlas. */
  guessScale(cellCount: number): number {
    let scale = Math.sqrt((FIRST_FILL * cellCount * cellCount) / Math.max(this.area, 1e-30));
    // Gutters cost a strip around each chart; a few rounds settle the dependence on the scale.
    for (let i = 0; i < 8; i++) {
      let cells = 0;
      for (let c = 0; c < this.faces.length; c++) {
        const around = 2 * (this.sizes[2 * c]! + this.sizes[2 * c + 1]!) * scale;
        cells += around * (this.margin + 0.5) + 4 * (this.margin + 0.5) ** 2;
      }
      const forCharts = Math.max(0.05, FIRST_FILL - cells / (cellCount * cellCount));
      scale = (scale + Math.sqrt((forCharts * cellCount * cellCount) / Math.max(this.area, 1e-30))) / 2;
    }
    return scale;
  }

  pack(scale: number): Layout | undefined {
    const masks = new Map<number, ChartMask[]>();
    for (let i = 0; i < this.orders.length; i++) {
      const layout = this.packInOrder(this.orders[i]!, scale, masks);
      if (layout === undefined) continue;
      this.orders.unshift(...this.orders.splice(i, 1));
      return layout;
    }
    return undefined;
  }

  private packInOrder(order: readonly number[], scale: number, masks: Map<number, ChartMask[]>): Layout | undefined {
    const space = new FreeSpace(this.cellCount);
    const places: Place[] = new Array(this.faces.length);
    const quarterTurns = new Uint8Array(this.faces.length);
    for (const c of order) {
      const turned = masks.get(c) ?? this.turnedMasks(c, scale);
      masks.set(c, turned);
      const found = bestTurn(space, turned);
      if (found === undefined) return undefined;
      space.take(turned[found.turns]!, found.place);
      places[c] = found.place;
      quarterTurns[c] = found.turns;
    }
    return { scale, places, quarterTurns };
  }

  /** The chart's cells in its four quarter turns; none where the chart is longer than the atlas. */
  private turnedMasks(c: number, scale: number): ChartMask[] {
    const size = [this.sizes[2 * c]!, this.sizes[2 * c + 1]!] as const;
    const long = Math.floor(Math.max(...size) * scale) + 1 + 2 * this.margin;
    if (!(long <= this.cellCount)) return [];
    const grid = markChartCells(this.cornerUv, this.faces[c]!, size, scale, this.margin);
    return [0, 1, 2, 3].map((turns) => toMask(turnGrid(grid, turns)));
  }
}

/** The turn whose top ends lowest; the upright one wins ties. */
function bestTurn(space: FreeSpace, turned: readonly ChartMask[]): { place: Place; turns: number } | undefined {
  let best: { place: Place; turns: number } | undefined;
  let bestTop = space.size + 1;
  for (const [turns, mask] of turned.entries()) {
    const place = space.find(mask, bestTop - mask.height);
    if (place === undefined) continue;
    best = { place, turns };
    bestTop = place.y + mask.height;
  }
  return best;
}

function applyLayout(
  chart: Int32Array,
  cornerUv: Float64Array,
  sizes: Float64Array,
  layout: Layout,
  cellCount: number,
  margin: number,
): Packing {
  const { scale, places, quarterTurns } = layout;
  const packed = new Float64Array(cornerUv.length);
  for (let corner = 0; corner < cornerUv.length / 2; corner++) {
    const c = chart[(corner / 3) | 0]!;
    const x = margin + cornerUv[2 * corner]! * scale;
    const y = margin + cornerUv[2 * corner + 1]! * scale;
    // Cells of the unturned mask, as markChartCells counts them.
    const width = Math.floor(sizes[2 * c]! * scale) + 1 + 2 * margin;
    const height = Math.floor(sizes[2 * c + 1]! * scale) + 1 + 2 * margin;
    const turns = quarterTurns[c]!;
    const tx = turns === 0 ? x : turns === 1 ? height - y : turns === 2 ? width - x : y;
    const ty = turns === 0 ? y : turns === 1 ? x : turns === 2 ? height - y : width - x;
    packed[2 * corner] = (places[c]!.x + tx) / cellCount;
    packed[2 * corner + 1] = (places[c]!.y + ty) / cellCount;
  }
  return { cornerUv: packed, scale: scale / cellCount };
}

function facesByChart(chart: Int32Array, chartCount: number): Int32Array[] {
  const counts = new Int32Array(chartCount);
  for (let f = 0; f < chart.length; f++) counts[chart[f]!]!++;
  const lists = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let f = 0; f < chart.length; f++) lists[chart[f]!]![counts[chart[f]!]!++] = f;
  return lists;
}

function flatArea(cornerUv: Float64Array, faces: Int32Array): number {
  let sum = 0;
  for (const f of faces) {
    const o = 6 * f;
    sum +=
      (cornerUv[o + 2]! - cornerUv[o]!) * (cornerUv[o + 5]! - cornerUv[o + 1]!) -
      (cornerUv[o + 4]! - cornerUv[o]!) * (cornerUv[o + 3]! - cornerUv[o + 1]!);
  }
  return Math.abs(sum) / 2;
}
