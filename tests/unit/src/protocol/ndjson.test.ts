import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type DecodedLine, encodeLine, NdjsonDecoder } from '../../../../src/protocol/ndjson.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Decodes a stream that is cut after the given offsets. */
function decodeInPieces(stream: Uint8Array, cuts: readonly number[], maxLineBytes?: number): DecodedLine[] {
  const decoder = new NdjsonDecoder(maxLineBytes);
  const offsets = [0, ...cuts.map((cut) => Math.min(cut, stream.length)).sort((a, b) => a - b), stream.length];
  const lines: DecodedLine[] = [];
  for (let i = 1; i < offsets.length; i++) {
    // A copy that is wiped afterwards: the decoder must not keep views of a chunk that its owner reuses.
    const chunk = Buffer.from(stream.subarray(offsets[i - 1], offsets[i]));
    lines.push(...decoder.push(chunk));
    chunk.fill(0x58);
  }
  return [...lines, ...decoder.flush()];
}

const decode = (text: string, maxLineBytes?: number) => decodeInPieces(bytes(text), [], maxLineBytes);
const messageObject = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());

describe('encodeLine', () => {
  test('makes exactly one line of any object', () => {
    fc.assert(
      fc.property(messageObject, (value) => {
        expect(encodeLine(value).indexOf('\n')).toBe(encodeLine(value).length - 1);
      }),
    );
  });
});

describe('NdjsonDecoder', () => {
  test('gives back what was encoded, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(messageObject, { maxLength: 6 }), fc.array(fc.nat(400)), (values, cuts) => {
        const lines = decodeInPieces(bytes(values.map(encodeLine).join('')), cuts);
        const expected = values.map((value) => ({ kind: 'message', value: JSON.parse(JSON.stringify(value)) }));
        expect(lines).toEqual(expected as DecodedLine[]);
      }),
    );
  });

  test('sorts any bytes the same way, however they are cut, and never throws', () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom('\n', '{"a":1}\n', '{', 'é\r\n').map(bytes),
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 12 }),
        fc.array(fc.nat(200)),
        fc.integer({ min: 1, max: 30 }),
        (p, cuts, cap) => {
          const stream = Buffer.concat(p);
          expect(decodeInPieces(stream, cuts, cap)).toEqual(decodeInPieces(stream, [], cap));
        },
      ),
    );
  });

  test('is cut at every byte of characters of one to four bytes', () => {
    const stream = bytes(encodeLine({ text: 'aé€😀' }));
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(decodeInPieces(stream, [cut])).toEqual([{ kind: 'message', value: { text: 'aé€😀' } }]);
    }
  });

  test.each(['hello', '{"type":', '42', '"text"', 'null', '[1]', '{"a":1} trailing'])('takes %p for noise', (line) => {
    expect(decode(`${line}\n`)).toEqual([{ kind: 'noise', text: line, sizeBytes: line.length }]);
  });

  test('takes bytes that are no UTF-8 for noise', () => {
    expect(decodeInPieces(Uint8Array.of(0xff, 0xfe, 0x0a), [])).toEqual([
      { kind: 'noise', text: '\ufffd\ufffd', sizeBytes: 2 },
    ]);
  });

  test('leaves out blank lines and accepts carriage returns', () => {
    expect(decode('\n\r\n  \n{"a":1}\r\n')).toEqual([{ kind: 'message', value: { a: 1 } }]);
  });

  test('decodes a last line without a line feed only when the stream ends', () => {
    const decoder = new NdjsonDecoder();
    expect(decoder.push(bytes('{"a":1}'))).toEqual([]);
    expect(decoder.flush()).toEqual([{ kind: 'message', value: { a: 1 } }]);
    expect(decoder.flush()).toEqual([]);
  });

  test('accepts a line of exactly the cap and refuses one byte more', () => {
    const line = '{"a":12}';
    expect(decode(`${line}\n`, line.length)).toEqual([{ kind: 'message', value: { a: 12 } }]);
    expect(decode(`${line}\n`, line.length - 1)).toEqual([{ kind: 'overlong', sizeBytes: line.length }]);
  });

  test('goes on after an over-long line', () => {
    expect(decode(`{${'x'.repeat(100)}\n{"a":1}\n`, 20)).toEqual([
      { kind: 'overlong', sizeBytes: 101 },
      { kind: 'message', value: { a: 1 } },
    ]);
  });

  test('takes an over-long line that is no message for noise and keeps only its beginning', () => {
    expect(decode(`${'x'.repeat(5000)}\n`, 1000)).toEqual([{ kind: 'noise', text: 'x'.repeat(200), sizeBytes: 5000 }]);
  });
});
