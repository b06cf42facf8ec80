/**
 * A strict JSON reader (RFC 8259) for untrusted request bodies.
 *
 * Beyond `JSON.parse` it refuses what would leave room for two readings or for exhaustion: repeated keys, nesting
 * deeper than `maxDepth`, more than `maxValues` values, bytes that are not UTF-8, numbers that overflow to infinity. Strings are cut out of the
 * bytes as a whole and decoded natively, so a picture of 60 MB in base64 costs less than with `JSON.parse`.
 */
import { AppError } from '../errors.ts';

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
/** Without a prototype, so that a key like `__proto__` is a key like any other. */
export interface JsonObject {
  [key: string]: JsonValue;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Printable characters but the backslash. */
const PLAIN_ASCII = /^[ -[\]-~]*$/;
/** No number of the contract needs more digits; a longer one is an attack on the parser. */
const MAX_NUMBER_LENGTH = 64;
const LITERALS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

export interface JsonLimits {
  /** Objects and arrays that may stand within each other. */
  maxDepth: number;
  /** Values of every kind together; bounds the memory that a body of `0,0,0` can take. */
  maxValues: number;
}

/**
 * @param bytes the body; a leading byte order mark is skipped
 * @throws {AppError} `request.malformed` with the position of the first byte that does not fit
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): JsonValue {
  return new Parser(bytes, limits).parse();
}

class Parser {
  readonly #bytes: Uint8Array;
  readonly #limits: JsonLimits;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #at = 0;
  #valueCount = 0;

  constructor(bytes: Uint8Array, limits: JsonLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
  }

  parse(): JsonValue {
    this.#skipSpace();
    if (this.#at === this.#bytes.length) throw malformed('the body is empty');
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.#unexpected('the end');
    return value;
  }

  #value(depth: number): JsonValue {
    const { maxDepth, maxValues } = this.#limits;
    if (++this.#valueCount > maxValues) throw malformed(`it has more than ${maxValues} values`);
    this.#skipSpace();
    const first = this.#bytes[this.#at];
    if (first === QUOTE) return this.#string();
    if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return this.#word();
    if (depth >= maxDepth) throw malformed(`it is nested deeper than ${maxDepth} levels`);
    return first === OPEN_BRACE ? this.#object(depth) : this.#array(depth);
  }

  #object(depth: number): JsonObject {
    const object: JsonObject = Object.create(null);
    this.#at++;
    if (this.#take(CLOSE_BRACE)) return object;
    do {
      this.#skipSpace();
      if (this.#bytes[this.#at] !== QUOTE) throw this.#unexpected('a key in double quotes');
      const key = this.#string();
      if (Object.hasOwn(object, key)) throw malformed(`the key ${JSON.stringify(key.slice(0, 64))} stands twice`);
      if (!this.#take(COLON)) throw this.#unexpected('a colon');
      object[key] = this.#value(depth + 1);
    } while (this.#take(COMMA));
    if (!this.#take(CLOSE_BRACE)) throw this.#unexpected('a comma or a closing brace');
    return object;
  }

  #array(depth: number): JsonValue[] {
    const array: JsonValue[] = [];
    this.#at++;
    if (this.#take(CLOSE_BRACKET)) return array;
    do array.push(this.#value(depth + 1));
    while (this.#take(COMMA));
    if (!this.#take(CLOSE_BRACKET)) throw this.#unexpected('a comma or a closing bracket');
    return array;
  }

  /**
   * Reads a string; `#at` is on its opening quote. Plain ASCII without escapes, as base64 is, needs no decoding: five
   * times faster for a picture. Everything else is left to `TextDecoder` and `JSON.parse`.
   */
  #string(): string {
    const start = this.#at;
    let end = this.#bytes.indexOf(QUOTE, start + 1);
    while (end !== -1 && this.#isEscaped(end, start)) end = this.#bytes.indexOf(QUOTE, end + 1);
    if (end === -1) throw malformed(`the string that starts at byte ${start} has no end`);
    this.#at = end + 1;
    const inner = this.#bytes.subarray(start + 1, end);
    const latin1 = Buffer.from(inner.buffer, inner.byteOffset, inner.length).toString('latin1');
    if (PLAIN_ASCII.test(latin1)) return latin1;
    let token: string;
    try {
      token = this.#decoder.decode(this.#bytes.subarray(start, end + 1));
    } catch {
      throw malformed(`the string that starts at byte ${start} is not UTF-8`);
    }
    try {
      return JSON.parse(token);
    } catch {
      throw malformed(`the string that starts at byte ${start} has a bad escape or a bare control character`);
    }
  }

  /** Whether an odd number of backslashes stands before `index`. */
  #isEscaped(index: number, start: number): boolean {
    let backslashes = 0;
    for (let i = index - 1; i > start && this.#bytes[i] === BACKSLASH; i--) backslashes++;
    return backslashes % 2 === 1;
  }

  /** Reads a number or one of the three literals. */
  #word(): JsonValue {
    const start = this.#at;
    while (this.#at - start <= MAX_NUMBER_LENGTH && isWordByte(this.#bytes[this.#at])) this.#at++;
    const word = String.fromCharCode(...this.#bytes.subarray(start, this.#at));
    const literal = LITERALS.get(word);
    if (literal !== undefined) return literal;
    const value = NUMBER.test(word) && word.length <= MAX_NUMBER_LENGTH ? Number(word) : Number.NaN;
    if (Number.isFinite(value)) return value;
    this.#at = start;
    throw this.#unexpected('a value');
  }

  /** Consumes `byte` after white space if it is next. */
  #take(byte: number): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at++;
    }
  }

  #unexpected(wanted: string): AppError {
    if (this.#at >= this.#bytes.length) return malformed(`expected ${wanted}, got the end of the body`);
    return malformed(`expected ${wanted} at byte ${this.#at}`);
  }
}

/** Letters, digits and the signs of numbers: what `true`, `-1.5e+3` and `NaN` are made of. */
function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  return isDigit || isLetter || byte === 0x2b || byte === 0x2d || byte === 0x2e;
}

function malformed(reason: string): AppError {
  return new AppError('request.malformed', `The request body is not valid JSON: ${reason}.`);
}
