/**
 * Newline-delimited JSON: one object a line, UTF-8, ended by a line feed. Pure.
 *
 * stdout of a worker can carry lines of native libraries between the messages, so the decoder never throws: it
 * sorts lines into messages, noise and lines over the length cap, and the reader decides what each one means.
 */

/** Longest line that is decoded; a message carries paths and numbers, never pixels. */
export const MAX_LINE_BYTES = 1 << 20;
/** Characters of a noise line that are kept for the log. */
const NOISE_PREVIEW_CHARS = 200;

const LINE_FEED = 0x0a;
const OPENING_BRACE = 0x7b;

export type DecodedLine =
  /** A JSON object. */
  | { kind: 'message'; value: Record<string, unknown> }
  /** Anything else; `text` is the beginning of it. */
  | { kind: 'noise'; text: string; sizeBytes: number }
  /** A line over the cap that looked like a message: it began with a brace. */
  | { kind: 'overlong'; sizeBytes: number };

/** One line, with its line feed; JSON escapes the line breaks inside strings. */
export function encodeLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** Splits a byte stream, cut anywhere, into decoded lines. Holds at most one line of `maxLineBytes`. */
export class NdjsonDecoder {
  readonly #maxLineBytes: number;
  /** Pieces of the unfinished line; bytes beyond the cap are counted and dropped. */
  #pieces: Uint8Array[] = [];
  #keptBytes = 0;
  #lineBytes = 0;

  constructor(maxLineBytes: number = MAX_LINE_BYTES) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Lines that `chunk` completes, in order. Blank lines are left out. The chunk may be reused afterwards. */
  push(chunk: Uint8Array): DecodedLine[] {
    const lines: DecodedLine[] = [];
    let start = 0;
    while (start < chunk.length) {
      const end = chunk.indexOf(LINE_FEED, start);
      this.#keep(chunk.subarray(start, end === -1 ? chunk.length : end));
      if (end === -1) break;
      this.#finishLine(lines);
      start = end + 1;
    }
    return lines;
  }

  /** The last line of a stream that ended without a line feed, if there is one. */
  flush(): DecodedLine[] {
    const lines: DecodedLine[] = [];
    this.#finishLine(lines);
    return lines;
  }

  #keep(piece: Uint8Array): void {
    this.#lineBytes += piece.length;
    const room = this.#maxLineBytes - this.#keptBytes;
    // Not `slice`, which is a view where the chunk is a Buffer.
    const kept = new Uint8Array(piece.subarray(0, room));
    if (kept.length === 0) return;
    this.#pieces.push(kept);
    this.#keptBytes += kept.length;
  }

  #finishLine(lines: DecodedLine[]): void {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    const sizeBytes = this.#lineBytes;
    this.#pieces = [];
    this.#keptBytes = 0;
    this.#lineBytes = 0;
    if (bytes === undefined || sizeBytes === 0) return;
    const line = decodeLine(bytes, sizeBytes);
    if (line !== undefined) lines.push(line);
  }
}

/** @param bytes the line without its line feed, cut at the cap @param sizeBytes its real length */
function decodeLine(bytes: Uint8Array, sizeBytes: number): DecodedLine | undefined {
  if (sizeBytes > bytes.length) {
    if (bytes[0] === OPENING_BRACE) return { kind: 'overlong', sizeBytes };
    return { kind: 'noise', text: preview(bytes), sizeBytes };
  }
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') return undefined;
  const value = parseObject(text);
  return value === undefined ? { kind: 'noise', text: preview(bytes), sizeBytes } : { kind: 'message', value };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function preview(bytes: Uint8Array): string {
  // A UTF-8 character has at most four bytes, so this is enough for the characters kept.
  return new TextDecoder().decode(bytes.subarray(0, 4 * NOISE_PREVIEW_CHARS)).slice(0, NOISE_PREVIEW_CHARS);
}
