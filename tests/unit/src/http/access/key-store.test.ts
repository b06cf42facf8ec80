import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { createApiKey } from '../../../../../src/http/access/api-keys.ts';
import { KeyStore, openApiKeys } from '../../../../../src/http/access/key-store.ts';
import { StartError } from '../../../../../src/start-error.ts';

const [first, second] = [createApiKey('first'), createApiKey('second')];
const log = pino({ level: 'silent' });
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hy3d-keys-'));
  file = join(folder, 'keys.txt');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('KeyStore', () => {
  /** A store and a clock that is turned on far enough for it to look at its file. */
  function open() {
    let now = 0;
    const store = new KeyStore(file, [], log, () => now);
    return {
      find: (key: string) => {
        now += 1000;
        return store.keys.find(key)?.name;
      },
    };
  }

  test('notices a key that is added and one that is taken away', () => {
    writeFileSync(file, first.line);
    const store = open();
    expect([store.find(first.key), store.find(second.key)]).toEqual(['first', undefined]);
    writeFileSync(file, `${second.line}\n${first.line}`);
    expect([store.find(first.key), store.find(second.key)]).toEqual(['first', 'second']);
    writeFileSync(file, second.line);
    expect([store.find(first.key), store.find(second.key)]).toEqual([undefined, 'second']);
  });

  test('keeps its keys when the file breaks or vanishes, and refuses everybody when it is empty', () => {
    writeFileSync(file, first.line);
    const store = open();
    writeFileSync(file, 'broken');
    expect(store.find(first.key)).toBe('first');
    rmSync(file);
    expect(store.find(first.key)).toBe('first');
    writeFileSync(file, '');
    expect(store.find(first.key)).toBeUndefined();
  });

  test.each([
    ['missing', undefined],
    ['empty', '# none yet\n'],
    ['broken', first.key],
  ])('does not start with a file that is %s', (_what, content) => {
    if (content !== undefined) writeFileSync(file, content);
    expect(open).toThrow(StartError);
    expect(open).toThrow(file);
  });
});

describe('openApiKeys', () => {
  test('without settings there are no keys', () => {
    expect(openApiKeys({ apiKeysFile: undefined, apiKeys: undefined }, log)).toBeUndefined();
  });

  test('joins those of the variable and of the file', () => {
    writeFileSync(file, second.line);
    const keys = openApiKeys({ apiKeysFile: file, apiKeys: first.line }, log)?.();
    expect([first, second].map(({ key }) => keys?.find(key)?.name)).toEqual(['first', 'second']);
  });

  test('a variable that is no key stops the start and is not shown', () => {
    const start = () => openApiKeys({ apiKeysFile: undefined, apiKeys: first.key }, log);
    expect(start).toThrow(/^HY3D_API_KEYS: entry 1/);
    expect(start).not.toThrow(first.key);
  });
});
