/** A map that forgets: entries older than an age, and the oldest ones beyond a number. */
export class ExpiringMap<V> {
  readonly #maxEntries: number;
  readonly #maxAgeMs: number;
  readonly #now: () => number;
  /** Oldest first, as a map keeps its entries. */
  readonly #entries = new Map<string, { value: V; expiresAt: number }>();

  constructor(bounds: { maxEntries: number; maxAgeMs: number }, now: () => number = Date.now) {
    this.#maxEntries = bounds.maxEntries;
    this.#maxAgeMs = bounds.maxAgeMs;
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.expiresAt > this.#now() ? entry.value : undefined;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAt: this.#now() + this.#maxAgeMs });
    for (const [oldest, { expiresAt }] of this.#entries) {
      if (this.#entries.size <= this.#maxEntries && expiresAt > this.#now()) break;
      this.#entries.delete(oldest);
    }
  }

  /** Removes the entry if it still has this value. */
  remove(key: string, value: V): void {
    if (this.#entries.get(key)?.value === value) this.#entries.delete(key);
  }
}
