/**
 * A first-in-first-out queue of job ids that says when it is full instead of growing. A place is reserved
 * before the pictures are stored, so that calls which arrive together cannot overshoot the bound.
 */
export class JobQueue {
  readonly #maxLength: number;
  readonly #ids = new Set<string>();
  #reserved = 0;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Jobs that wait; reserved places do not count. */
  get length(): number {
    return this.#ids.size;
  }

  /** Takes a place; false when there is none. Pair it with `push` or `cancelReservation`. */
  reserve(): boolean {
    if (this.#ids.size + this.#reserved >= this.#maxLength) return false;
    this.#reserved += 1;
    return true;
  }

  cancelReservation(): void {
    this.#reserved -= 1;
  }

  /** Puts a job at the end, into a reserved place. */
  push(id: string): void {
    this.#reserved -= 1;
    this.#ids.add(id);
  }

  /** Takes the job that waited longest. */
  shift(): string | undefined {
    const [id] = this.#ids;
    if (id !== undefined) this.#ids.delete(id);
    return id;
  }

  /** Takes the job that waited longest of those that fit. */
  take(fits: (id: string) => boolean): string | undefined {
    const id = this.ids().find(fits);
    if (id !== undefined) this.#ids.delete(id);
    return id;
  }

  /** @returns whether it was waiting */
  remove(id: string): boolean {
    return this.#ids.delete(id);
  }

  /** The waiting jobs, next one first. */
  ids(): string[] {
    return [...this.#ids];
  }
}
