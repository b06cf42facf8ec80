/** Keeps the last lines of a text stream in bounded memory. */
export class TextTail {
  readonly #maxChars: number;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  push(chunk: Uint8Array): void {
    this.#text += this.#decoder.decode(chunk, { stream: true });
    // Twice the bound before cutting, so that many small chunks do not copy the whole tail each time.
    if (this.#text.length > 2 * this.#maxChars) this.#text = this.#text.slice(-this.#maxChars);
  }

  /** The last characters, at most the bound. */
  toString(): string {
    return this.#text.slice(-this.#maxChars).trim();
  }
}
