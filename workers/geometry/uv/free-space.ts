import type { ChartMask } from './chart-mask.ts';

/** Masks up to this width and height count as small. */
const SMALL_CELLS = 16;

/** Where a mask fits; x and y of its lower left cell. */
export interface Place {
  x: number;
  y: number;
}

/**
 * The free cells of a square atlas. Every cell knows how many cells like it follow in its row, so that a search
 * jumps over whole obstacles instead of stepping from column to column.
 */
export class FreeSpace {
  readonly size: number;
  /** Cells from here rightwards that are free, or minus the cells that are taken. */
  private readonly runs: Int32Array;
  /** Longest free run per row: most rows are refused without looking at them. */
  private readonly longest: Int32Array;
  /** Row in which the last small mask of a size was found. Earlier rows are not searched again for that size. */
  private readonly firstRows = new Map<number, number>();

  constructor(size: number) {
    this.size = size;
    this.runs = new Int32Array(size * size);
    this.longest = new Int32Array(size).fill(size);
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) this.runs[y * size + x] = size - x;
  }

  /**
   * The lowest, then leftmost place with y below `yEnd`, or undefined. Small masks of one size are much the same
   * shape, so they are only searched from where the last of them fitted; that keeps thousands of charts fast.
   */
  find(mask: ChartMask, yEnd: number): Place | undefined {
    const size = mask.width * this.size + mask.height;
    const isSmall = mask.width <= SMALL_CELLS && mask.height <= SMALL_CELLS;
    const place = this.search(mask, (isSmall && this.firstRows.get(size)) || 0, yEnd);
    if (isSmall && place !== undefined) this.firstRows.set(size, place.y);
    return place;
  }

  private search(mask: ChartMask, yStart: number, yEnd: number): Place | undefined {
    const lastX = this.size - mask.width;
    const lastY = Math.min(this.size - mask.height, yEnd - 1);
    if (lastX < 0) return undefined;
    const widest = mask.widestRow;
    for (let y = yStart; y <= lastY; y++) {
      if (this.longest[y + widest]! < mask.widestRun) continue;
      let row = widest;
      let clear = 0;
      let x = 0;
      while (clear < mask.height) {
        const next = this.firstFit(mask, row, x, y + row, lastX);
        if (next > lastX) break;
        clear = next === x ? clear + 1 : 1;
        x = next;
        row = row + 1 === mask.height ? 0 : row + 1;
      }
      if (clear === mask.height) return { x, y };
    }
    return undefined;
  }

  /** Marks the cells of a mask as taken; they have to be free. */
  take(mask: ChartMask, { x, y }: Place): void {
    const { runs, size, longest } = this;
    for (let row = 0; row < mask.height; row++) {
      const base = (y + row) * size;
      for (let i = mask.rowStart[row]!; i < mask.rowStart[row + 1]!; i++) {
        const start = x + mask.runStart[i]!;
        let at = start + mask.runLength[i]!;
        let run = at < size ? Math.min(0, runs[base + at]!) : 0;
        while (at > start) runs[base + --at] = --run;
        // Cells to the left that run into the new ones: taken ones go on, free ones end here.
        if (at > 0 && runs[base + at - 1]! < 0) while (at > 0 && runs[base + at - 1]! < 0) runs[base + --at] = --run;
        else for (run = 0; at > 0 && runs[base + at - 1]! > 0; ) runs[base + --at] = ++run;
      }
      let widest = 0;
      for (let at = 0; at < size; at += Math.abs(runs[base + at]!)) widest = Math.max(widest, runs[base + at]!);
      longest[y + row] = widest;
    }
  }

  /** The first column from x on at which one row of the mask fits into one row of the atlas; above lastX if none. */
  private firstFit(mask: ChartMask, row: number, x: number, y: number, lastX: number): number {
    const { runs, size } = this;
    const first = mask.rowStart[row]!;
    const end = mask.rowStart[row + 1]!;
    const base = y * size;
    for (let i = first; i < end; ) {
      const at = base + x + mask.runStart[i]!;
      const run = runs[at]!;
      if (run >= mask.runLength[i]!) {
        i++;
        continue;
      }
      // Jump behind the obstacle and ask all runs of this row again.
      x += run > 0 ? run - runs[at + run]! : -run;
      if (x > lastX) return x;
      i = first;
    }
    return x;
  }
}
