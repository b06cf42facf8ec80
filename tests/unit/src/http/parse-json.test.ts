import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { AppError } from '../../../../src/errors.ts';
import { type JsonLimits, parseJson } from '../../../../src/http/parse-json.ts';

const LIMITS: JsonLimits = { maxDepth: 64, maxValues: 100_000 };
const encode = (text: string) => new TextEncoder().encode(text);
const parse = (text: string, limits = LIMITS) => parseJson(encode(text), limits);

/** Why a text is refused, or undefined where it is accepted. */
function refusalOf(bytes: Uint8Array, limits = LIMITS): string | undefined {
  try {
    parseJson(bytes, limits);
    return undefined;
  } catch (error) {
    if (error instanceof AppError && error.code === 'request.malformed') return error.message;
    throw error;
  }
}

/** Objects of the parser have no prototype; this gives them one, to compare with `JSON.parse`. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('parseJson', () => {
  test('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(plain(parse(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test('accepts and refuses the same texts as JSON.parse where no key stands twice', () => {
    const token = fc.constantFrom(
      ...'{}[],:"\\ \n\t01-+.eEtruefalsn/ub',
      '"a"',
      '1',
      'true',
      'null',
      'NaN',
      '\u0001',
      'é',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 14 }), (tokens) => {
        const text = tokens.join('');
        let reference: unknown;
        try {
          reference = JSON.parse(text);
        } catch {
          expect(refusalOf(encode(text))).toBeDefined();
          return;
        }
        const refusal = refusalOf(encode(text));
        if (refusal?.includes('stands twice') || Math.abs(Number(reference)) === Infinity) return;
        expect(refusal).toBeUndefined();
        expect(plain(parse(text))).toEqual(plain(reference));
      }),
      { numRuns: 3000 },
    );
  });

  test('never throws anything but a refusal on arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void refusalOf(bytes)));
  });

  test('refuses every proper prefix of an object', () => {
    const bytes = encode('{"images": {"front": "aGk\\u003d"}, "options": {"seed": 12, "a": [true, null]}}');
    for (let end = 0; end < bytes.length; end++) expect(refusalOf(bytes.subarray(0, end))).toBeDefined();
    expect(refusalOf(bytes)).toBeUndefined();
  });

  test.each([
    ['a repeated key', '{"a":1,"a":2}', 'the key "a" stands twice'],
    ['a key repeated through an escape', '{"a":1,"\\u0061":2}', 'the key "a" stands twice'],
    ['NaN', '{"a":NaN}', 'expected a value at byte 5'],
    ['Infinity', '[-Infinity]', 'expected a value at byte 1'],
    ['a number that overflows', '[1e999]', 'expected a value at byte 1'],
    ['a number of a thousand digits', `[${'1'.repeat(1000)}]`, 'expected a value at byte 1'],
    ['a leading zero', '[01]', 'expected a value at byte 1'],
    ['a trailing comma', '[1,]', 'expected a value at byte 3'],
    ['single quotes', "{'a':1}", 'expected a key in double quotes at byte 1'],
    ['a comment', '{} // hi', 'expected the end at byte 3'],
    ['a second value', '1 2', 'expected the end at byte 2'],
    ['a bare line break in a string', '"a\nb"', 'bad escape or a bare control character'],
    ['an unknown escape', '"\\x41"', 'bad escape or a bare control character'],
    ['a string without end', '["abc', 'the string that starts at byte 1 has no end'],
    ['a string that ends in an escaped quote', '["abc\\"]', 'the string that starts at byte 1 has no end'],
    ['nothing', '', 'the body is empty'],
    ['white space', ' \n ', 'the body is empty'],
  ])('refuses %s and says why', (_, text, reason) => {
    expect(refusalOf(encode(text))).toContain(reason);
  });

  test('refuses bytes that are not UTF-8', () => {
    expect(refusalOf(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toContain('is not UTF-8');
    expect(refusalOf(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22))).toContain('is not UTF-8');
  });

  test('counts nesting and values exactly', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(refusalOf(encode(nested(64)))).toBeUndefined();
    expect(refusalOf(encode(nested(65)))).toContain('nested deeper than 64 levels');
    expect(refusalOf(encode(nested(1_000_000)))).toContain('nested deeper than 64 levels');
    expect(refusalOf(encode('[1,2,3]'), { maxDepth: 1, maxValues: 4 })).toBeUndefined();
    expect(refusalOf(encode('[1,2,3]'), { maxDepth: 1, maxValues: 3 })).toContain('more than 3 values');
  });

  test('keeps __proto__ as an ordinary key and leaves every prototype alone', () => {
    const value = parse('{"__proto__": {"polluted": true}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('skips a byte order mark at the start only', () => {
    expect(plain(parse('\ufeff{"a":"\ufeffb"}'))).toEqual({ a: '\ufeffb' });
    expect(refusalOf(encode('{}\ufeff'))).toContain('expected the end');
  });
});
