const CHUNK_CHARS = 1 << 16;
const DIGITS = 7;

/** Collects text as UTF-8 without ever holding all of it as strings. */
export class TextBytes {
  readonly #encoder = new TextEncoder();
  readonly #chunks: Uint8Array[] = [];
  #pending = '';

  add(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= CHUNK_CHARS) this.#flush();
  }

  toBytes(): Uint8Array {
    this.#flush();
    return Buffer.concat(this.#chunks);
  }

  #flush(): void {
    this.#chunks.push(this.#encoder.encode(this.#pending));
    this.#pending = '';
  }
}

/** A number as text with the digits that a 32-bit float has. */
export function decimal(value: number): string {
  return String(Number(value.toPrecision(DIGITS)));
}
