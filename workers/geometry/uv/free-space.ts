import type { ChartMask } from './chart-mask.ts';

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

  constructor(size: number) {
    this.size = size;
    this.runs = new Int32Array(size * size);
    this.longest = new Int32Array(size).fill(size);
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) this.runs[y * size + x] = size - x;
  }

  /** The lowest, then leftmost place with y below `yEnd`, or undefined. */
  find(mask: ChartMask, yEnd: number): Place | undefined {
    const lastX = this.size - mask.width;
    const lastY = Math.min(this.size - mask.height, yEnd - 1);
    if (lastX < 0) return undefined;
    const widest = mask.widestRow;
    for (let y = 0; y <= lastY; y++) {
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

  /** Marks the cells of a mask as taken. */
  take(mask: ChartMask, { x, y }: Place): void {
    const { runs, size } = this;
    for (let row = 0; row < mask.height; row++) {
      const base = (y + row) * size;
      for (let i = mask.rowStart[row]!; i < mask.rowStart[row + 1]!; i++) {
        const start = base + x + mask.runStart[i]!;
        runs.fill(-1, start, start + mask.runLength[i]!);
      }
      let run = 0;
      let longest = 0;
      for (let at = base + size - 1; at >= base; at--) {
        run = runs[at]! > 0 ? Math.max(0, run) + 1 : Math.min(0, run) - 1;
        runs[at] = run;
        if (run > longest) longest = run;
      }
      this.longest[y + row] = longest;
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
