/** A bound on how much goes on at a time; who finds no place waits for one, first come, first served. */
export class Places {
  readonly #limit: number;
  readonly #waiting: Array<() => void> = [];
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Waits for a place; who has taken one gives it back. */
  async take(): Promise<void> {
    if (this.#taken < this.#limit) this.#taken += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place on, where somebody waits for it. */
  giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
