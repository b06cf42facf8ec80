import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A key as the server keeps it: never the secret itself. */
export interface ApiKey {
  /** The public part of the key; also stands in logs. */
  id: string;
  /** For people. */
  name: string;
  /** SHA-256 of the whole key. A slow hash would gain nothing: the secret has 256 random bits and cannot be guessed. */
  hash: Uint8Array;
}

const KEY = /^hy3d_([a-z0-9]{12})_[\w-]{43}$/;
const LINE = /^([a-z0-9]{12}) sha256:([0-9a-f]{64})(?: ([^\s,][^,]{0,99}))?$/;
/** Compared with where the id is unknown, so that the time does not tell. */
const NO_HASH = new Uint8Array(32);

/** @returns the key, to be shown once, and its line for the server */
export function createApiKey(name: string): { key: string; line: string } {
  const id = randomBytes(6).toString('hex');
  const key = `hy3d_${id}_${randomBytes(32).toString('base64url')}`;
  return { key, line: `${id} sha256:${Buffer.from(hashOf(key)).toString('hex')}${name && ` ${name}`}` };
}

/** Whether a name can stand in a line: it has neither commas nor line breaks. */
export function isKeyName(name: string): boolean {
  return name === '' || /^[^\s,][^,\p{Cc}]{0,99}$/u.test(name);
}

/**
 * Reads lines of `createApiKey`; empty ones and those that start with `#` are skipped.
 * @throws {Error} that names the line by its number and never shows it
 */
export function parseApiKeys(text: string, separator: RegExp = /\r?\n/): ApiKey[] {
  const keys = new Map<string, ApiKey>();
  for (const [index, raw] of text.split(separator).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, id, hex, name = ''] = LINE.exec(line) ?? [];
    if (id === undefined || hex === undefined) {
      throw new Error(`entry ${index + 1} is not a line of "hy3d keys create", which reads: id sha256:hash name`);
    }
    if (keys.has(id)) throw new Error(`entry ${index + 1} has the id ${id} of an entry before it`);
    keys.set(id, { id, name, hash: Buffer.from(hex, 'hex') });
  }
  return [...keys.values()];
}

/** Finds keys by their secrets, in a time that tells nothing of the hashes. */
export class ApiKeys {
  readonly #keys: ReadonlyMap<string, ApiKey>;

  constructor(keys: readonly ApiKey[]) {
    this.#keys = new Map(keys.map((key) => [key.id, key]));
  }

  get size(): number {
    return this.#keys.size;
  }

  find(secret: string): ApiKey | undefined {
    const key = this.#keys.get(KEY.exec(secret)?.[1] ?? '');
    const isRight = timingSafeEqual(hashOf(secret), key?.hash ?? NO_HASH);
    return isRight ? key : undefined;
  }
}

function hashOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}
