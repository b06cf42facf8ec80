import type { OnProgress } from './query-field.ts';

/** Nodes that an object of middling area needs at a level refined to n nodes per axis, in units of n * n. */
const TYPICAL_NODES = 20;

/**
 * Share of the queries that are done. How many the later levels need is known only once they begin; until then a
 * typical object is assumed. Never falls.
 */
export class QueryProgress {
  private readonly expected: number[];
  private done = 0;
  private reported = 0;

  constructor(
    levels: readonly number[],
    private readonly onProgress: OnProgress = () => {},
  ) {
    this.expected = levels.map((cells, i) =>
      i === 0 ? (cells + 1) ** 3 : Math.min((cells + 1) ** 3, TYPICAL_NODES * (cells + 1) ** 2),
    );
  }

  /** A level turned out to need this many queries; the ones after it scale along. */
  beginLevel(level: number, queries: number): void {
    const ratio = queries / this.expected[level]!;
    for (let i = level; i < this.expected.length; i++) this.expected[i]! *= ratio;
  }

  advance(queries: number): void {
    this.done += queries;
    const total = this.expected.reduce((sum, count) => sum + count, 0);
    this.reported = Math.max(this.reported, Math.min(1, this.done / total));
    this.onProgress(this.reported);
  }
}
