import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { ApiKeys, createApiKey, isKeyName, parseApiKeys } from '../../../../../src/http/access/api-keys.ts';

describe('createApiKey', () => {
  test('makes a line that holds the SHA-256 of the key and nothing of its secret', () => {
    const { key, line } = createApiKey('web shop');
    const [, id, secret] = /^hy3d_([0-9a-f]{12})_([\w-]{43})$/.exec(key) ?? [];
    const hash = createHash('sha256').update(key).digest('hex');
    expect(line).toBe(`${id} sha256:${hash} web shop`);
    expect(line).not.toContain(secret ?? '');
    expect(createApiKey('').line).toMatch(/^[0-9a-f]{12} sha256:[0-9a-f]{64}$/);
  });

  test('makes a line that is read back, whatever name it takes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 120, unit: 'grapheme' }).filter(isKeyName), (name) => {
        const { key, line } = createApiKey(name);
        expect(new ApiKeys(parseApiKeys(line)).find(key)?.name).toBe(name.trim());
        expect(new ApiKeys(parseApiKeys(`${line},${createApiKey('x').line}`, /,/)).size).toBe(2);
      }),
    );
  });
});

describe('parseApiKeys', () => {
  const { line } = createApiKey('one');

  test('skips comments and empty lines, with either kind of line break', () => {
    expect(parseApiKeys(`# keys\r\n\r\n  ${line}\r\n\n`).map(({ name }) => name)).toEqual(['one']);
    expect(parseApiKeys('')).toEqual([]);
  });

  test.each([
    ['a key itself', createApiKey('').key],
    ['a hash that is cut', line.slice(0, 40)],
    ['another hash', line.replace('sha256', 'md5')],
    ['a name with a comma', `${line}, two`],
  ])('refuses %s, by the number of its line and without showing it', (_what, wrong) => {
    const read = () => parseApiKeys(`# first\n${wrong}`);
    expect(read).toThrow(/^entry 2 is not a line of/);
    expect(read).not.toThrow(wrong);
  });

  test('refuses the same id twice', () => {
    expect(() => parseApiKeys(`${line}\n${line}`)).toThrow(/^entry 2 has the id/);
  });
});

describe('ApiKeys', () => {
  const [first, second] = [createApiKey('first'), createApiKey('second')];
  const keys = new ApiKeys(parseApiKeys(`${first.line}\n${second.line}`));

  test('finds each key by its secret', () => {
    expect(keys.find(first.key)?.name).toBe('first');
    expect(keys.find(second.key)?.name).toBe('second');
  });

  test('finds nothing for one changed character anywhere, nor for the id of one with the secret of another', () => {
    for (let i = 0; i < first.key.length; i++) {
      const other = first.key[i] === 'x' ? 'y' : 'x';
      expect(keys.find(first.key.slice(0, i) + other + first.key.slice(i + 1))).toBeUndefined();
    }
    expect(keys.find(first.key.slice(0, 18) + second.key.slice(18))).toBeUndefined();
    for (const wrong of ['', first.key.slice(0, -1), `${first.key}x`, first.line, createApiKey('').key]) {
      expect(keys.find(wrong)).toBeUndefined();
    }
  });
});
