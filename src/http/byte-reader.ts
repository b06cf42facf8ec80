/** Reads numbers at any offset; undefined beyond the end. */
export class ByteReader {
  readonly length: number;
  readonly #data: Uint8Array;
  readonly #view: DataView;

  constructor(data: Uint8Array) {
    this.length = data.length;
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  /** Up to `length` bytes as Latin-1 text. */
  text(at: number, length: number): string {
    return String.fromCharCode(...this.#data.subarray(at, at + length));
  }

  u8(at: number): number | undefined {
    return this.#data[at];
  }

  u16(at: number): number | undefined {
    return this.#has(at, 2) ? this.#view.getUint16(at) : undefined;
  }

  u16le(at: number): number | undefined {
    return this.#has(at, 2) ? this.#view.getUint16(at, true) : undefined;
  }

  u24le(at: number): number | undefined {
    return this.#has(at, 3) ? this.#view.getUint16(at, true) + this.#view.getUint8(at + 2) * 0x10000 : undefined;
  }

  u32(at: number): number | undefined {
    return this.#has(at, 4) ? this.#view.getUint32(at) : undefined;
  }

  u32le(at: number): number | undefined {
    return this.#has(at, 4) ? this.#view.getUint32(at, true) : undefined;
  }

  /** Values beyond 2^53 lose precision, which no file offset reaches. */
  u64(at: number): number | undefined {
    return this.#has(at, 8) ? this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4) : undefined;
  }

  u64le(at: number): number | undefined {
    return this.#has(at, 8) ? this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true) : undefined;
  }

  #has(at: number, length: number): boolean {
    return at >= 0 && at + length <= this.length;
  }
}
