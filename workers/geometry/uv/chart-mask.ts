/** The cells that a chart covers, as runs per row: what the packer compares with what is free. */
export interface ChartMask {
  width: number;
  height: number;
  /** First run of every row, and the number of runs at the end. */
  rowStart: Int32Array;
  /** First column per run. */
  runStart: Int32Array;
  /** Columns per run. */
  runLength: Int32Array;
  /** Length of the longest run and the row that it is in. */
  widestRun: number;
  widestRow: number;
}

/** One bit per cell, rows of bytes; `width * height` bytes. */
export interface CellGrid {
  width: number;
  height: number;
  cells: Uint8Array;
}

/**
 * Marks every cell that a triangle touches, then all cells up to `margin` cells away (in a square), so that two masks
 * that share no cell have charts at least `2 * margin` whole cells apart.
 *
 * @param cornerUv two numbers per corner, of which the chart's least are 0
 * @param faces the chart's faces
 * @param scale cells per unit of `cornerUv`
 */
export function markChartCells(
  cornerUv: Float64Array,
  faces: Int32Array,
  size: readonly [number, number],
  scale: number,
  margin: number,
): CellGrid {
  const width = Math.floor(size[0] * scale) + 1 + 2 * margin;
  const height = Math.floor(size[1] * scale) + 1 + 2 * margin;
  const cells = new Uint8Array(width * height);
  for (let i = 0; i < faces.length; i++) {
    const o = 6 * faces[i]!;
    markTriangle(
      cells,
      width,
      height,
      margin,
      cornerUv[o]! * scale,
      cornerUv[o + 1]! * scale,
      cornerUv[o + 2]! * scale,
      cornerUv[o + 3]! * scale,
      cornerUv[o + 4]! * scale,
      cornerUv[o + 5]! * scale,
    );
  }
  if (margin > 0) dilate(cells, width, height, margin);
  return { width, height, cells };
}

/** Marks the cells whose square the triangle touches: bounding box and the three edge normals as separating axes. */
function markTriangle(
  cells: Uint8Array,
  width: number,
  height: number,
  margin: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
): void {
  const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
  const s = area < 0 ? -1 : 1;
  const x0 = Math.floor(Math.min(ax, bx, cx));
  const x1 = Math.min(width - 1 - 2 * margin, Math.floor(Math.max(ax, bx, cx)));
  const y0 = Math.floor(Math.min(ay, by, cy));
  const y1 = Math.min(height - 1 - 2 * margin, Math.floor(Math.max(ay, by, cy)));
  // Edge functions at cell centres, shifted by how far they reach within half a cell.
  const abx = s * (bx - ax);
  const aby = s * (by - ay);
  const bcx = s * (cx - bx);
  const bcy = s * (cy - by);
  const cax = s * (ax - cx);
  const cay = s * (ay - cy);
  const slackAb = (Math.abs(abx) + Math.abs(aby)) / 2;
  const slackBc = (Math.abs(bcx) + Math.abs(bcy)) / 2;
  const slackCa = (Math.abs(cax) + Math.abs(cay)) / 2;
  for (let y = y0; y <= y1; y++) {
    const py = y + 0.5;
    const row = (y + margin) * width + margin;
    for (let x = x0; x <= x1; x++) {
      const px = x + 0.5;
      if (abx * (py - ay) - aby * (px - ax) + slackAb < 0) continue;
      if (bcx * (py - by) - bcy * (px - bx) + slackBc < 0) continue;
      if (cax * (py - cy) - cay * (px - cx) + slackCa < 0) continue;
      cells[row + x] = 1;
    }
  }
}

function dilate(cells: Uint8Array, width: number, height: number, radius: number): void {
  const wide = new Uint8Array(cells.length);
  for (let y = 0; y < height; y++) {
    let until = -1;
    for (let x = 0; x < width + radius; x++) {
      if (x < width && cells[y * width + x] === 1) until = x + radius;
      const at = x - radius;
      // A cell is reached from the left up to `until`, from the right as soon as the window's front meets one.
      if (at >= 0 && at < width && until >= at) wide[y * width + at] = 1;
    }
  }
  cells.fill(0);
  for (let x = 0; x < width; x++) {
    let until = -1;
    for (let y = 0; y < height + radius; y++) {
      if (y < height && wide[y * width + x] === 1) until = y + radius;
      const at = y - radius;
      if (at >= 0 && at < height && until >= at) cells[at * width + x] = 1;
    }
  }
}

/** Turns a grid by quarter turns counter-clockwise, with y upwards. */
export function turnGrid(grid: CellGrid, quarterTurns: number): CellGrid {
  const { width: w, height: h, cells } = grid;
  const turns = quarterTurns & 3;
  if (turns === 0) return grid;
  const [width, height] = turns === 2 ? [w, h] : [h, w];
  const turned = new Uint8Array(cells.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      if (cells[y * w + x] === 0) continue;
      const [tx, ty] = turns === 1 ? [h - 1 - y, x] : turns === 2 ? [w - 1 - x, h - 1 - y] : [y, w - 1 - x];
      turned[ty * width + tx] = 1;
    }
  }
  return { width, height, cells: turned };
}

/** Runs of marked cells, row by row. */
export function toMask({ width, height, cells }: CellGrid): ChartMask {
  const rowStart = new Int32Array(height + 1);
  const starts: number[] = [];
  const lengths: number[] = [];
  let widestRun = 0;
  let widestRow = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (cells[y * width + x] === 0) continue;
      const start = x;
      while (x < width && cells[y * width + x] === 1) x++;
      starts.push(start);
      lengths.push(x - start);
      if (x - start <= widestRun) continue;
      widestRun = x - start;
      widestRow = y;
    }
    rowStart[y + 1] = starts.length;
  }
  const [runStart, runLength] = [Int32Array.from(starts), Int32Array.from(lengths)];
  return { width, height, rowStart, runStart, runLength, widestRun, widestRow };
}
