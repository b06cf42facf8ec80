import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { ProtobufWriter } from '../../../../models/onnx/protobuf-writer.ts';

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n;
  let end = start;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[end++]!;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return { value, end };
  }
}

test('whole numbers come back as 64-bit two’s complement', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.maxSafeInteger(), (field, number) => {
      const writer = new ProtobufWriter();
      writer.int(field, number);
      const bytes = writer.finish();
      const key = readVarint(bytes, 0);
      const { value, end } = readVarint(bytes, key.end);
      expect(key.value).toBe(BigInt(field) << 3n);
      expect(BigInt.asIntN(64, value)).toBe(BigInt(number));
      expect(end).toBe(bytes.length);
    }),
  );
});

test('nested messages and strings carry their length in bytes', () => {
  const writer = new ProtobufWriter();
  writer.message(2, (nested) => nested.string(1, 'ä'));
  expect([...writer.finish()]).toEqual([(2 << 3) | 2, 4, (1 << 3) | 2, 2, 0xc3, 0xa4]);
});

test('floats are little-endian', () => {
  const writer = new ProtobufWriter();
  writer.float(2, 1);
  expect([...writer.finish()]).toEqual([(2 << 3) | 5, 0, 0, 0x80, 0x3f]);
});

test('a buffer that grows keeps what was written', () => {
  const writer = new ProtobufWriter();
  const payload = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
  writer.bytes(1, payload);
  writer.int(1, 7);
  const bytes = writer.finish();
  const { value, end } = readVarint(bytes, 1);
  expect(Number(value)).toBe(payload.length);
  expect(bytes.subarray(end, end + payload.length)).toEqual(payload);
  expect([...bytes.subarray(-2)]).toEqual([8, 7]);
});
