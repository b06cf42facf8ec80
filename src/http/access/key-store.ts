import { readFileSync, statSync } from 'node:fs';
import type { Config } from '../../config.ts';
import { errorMessageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { StartError } from '../../start-error.ts';
import { type ApiKey, ApiKeys, parseApiKeys } from './api-keys.ts';

/** Longest time for which a change of the file goes unnoticed. */
const CHECK_INTERVAL_MS = 1000;

/**
 * The API keys of the settings. Their file is read again when it changes, so that a key can be added or taken away
 * while jobs run. A file that cannot be read then leaves the keys as they were, and an empty one refuses everybody:
 * no mistake in it opens the server.
 */
export class KeyStore {
  readonly #file: string;
  readonly #fixed: readonly ApiKey[];
  readonly #log: Log;
  readonly #now: () => number;
  #keys: ApiKeys;
  #version: string;
  #checkedAt: number;

  /** @throws {StartError} where the settings name keys that cannot be read, or none */
  constructor(file: string, fixed: readonly ApiKey[], log: Log, now: () => number = () => performance.now()) {
    this.#file = file;
    this.#fixed = fixed;
    this.#log = log;
    this.#now = now;
    this.#checkedAt = now();
    this.#version = versionOf(file);
    try {
      this.#keys = this.#read();
    } catch (cause) {
      throw new StartError(`The API keys in ${file} cannot be used: ${errorMessageOf(cause)}`, { cause });
    }
    if (this.#keys.size === 0)
      throw new StartError(`There is no API key in ${file}; make one with "hy3d keys create".`);
  }

  get keys(): ApiKeys {
    const now = this.#now();
    if (now - this.#checkedAt >= CHECK_INTERVAL_MS) {
      this.#checkedAt = now;
      this.#refresh();
    }
    return this.#keys;
  }

  #refresh(): void {
    const version = versionOf(this.#file);
    if (version === this.#version) return;
    this.#version = version;
    try {
      this.#keys = this.#read();
      this.#log.info({ file: this.#file, keys: this.#keys.size }, 'API keys read again');
    } catch (error) {
      this.#log.error({ file: this.#file, err: error }, 'the changed API keys cannot be used; the former ones stay');
    }
  }

  #read(): ApiKeys {
    return new ApiKeys([...this.#fixed, ...parseApiKeys(readFileSync(this.#file, 'utf8'))]);
  }
}

/**
 * What finds the API keys that count at the moment of the call.
 * @returns undefined where no keys are set up
 * @throws {StartError}
 */
export function openApiKeys(config: Pick<Config, 'apiKeysFile' | 'apiKeys'>, log: Log): (() => ApiKeys) | undefined {
  let fixed: ApiKey[];
  try {
    fixed = parseApiKeys(config.apiKeys ?? '', /,/);
  } catch (cause) {
    throw new StartError(`HY3D_API_KEYS: ${errorMessageOf(cause)}`, { cause });
  }
  if (config.apiKeysFile !== undefined) {
    const store = new KeyStore(config.apiKeysFile, fixed, log);
    return () => store.keys;
  }
  if (fixed.length === 0) return undefined;
  const keys = new ApiKeys(fixed);
  return () => keys;
}

function versionOf(file: string): string {
  const info = statSync(file, { throwIfNoEntry: false, bigint: true });
  return info === undefined ? 'missing' : `${info.ino} ${info.size} ${info.mtimeNs}`;
}
