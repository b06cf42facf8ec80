import { type CubeField, storeLogits } from './cube-field.ts';
import type { QueryField } from './query-field.ts';

/** Collects up to `capacity` nodes of a field, asks for all of them at once and stores the answers. */
export class PointBatch {
  private readonly nodes: Uint32Array;
  private readonly points: Float32Array;
  private count = 0;

  constructor(
    private readonly field: CubeField,
    private readonly capacity: number,
  ) {
    this.nodes = new Uint32Array(capacity);
    this.points = new Float32Array(3 * capacity);
  }

  get isFull(): boolean {
    return this.count === this.capacity;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  add(x: number, y: number, z: number): void {
    const { n, coordinates } = this.field;
    const at = 3 * this.count;
    this.nodes[this.count++] = x + n * (y + n * z);
    this.points[at] = coordinates[x]!;
    this.points[at + 1] = coordinates[y]!;
    this.points[at + 2] = coordinates[z]!;
  }

  /** Empties the batch and returns how many points it held. */
  async evaluate(query: QueryField): Promise<number> {
    const { count } = this;
    const logits = await query(this.points.subarray(0, 3 * count));
    storeLogits(this.field, this.nodes.subarray(0, count), logits);
    this.count = 0;
    return count;
  }
}
