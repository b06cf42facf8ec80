import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { PickledMapping, type PickleValue } from '../../../../models/checkpoint/pickle-values.ts';
import { unpickle } from '../../../../models/checkpoint/unpickle.ts';
import { AppError } from '../../../../src/errors.ts';
import {
  build,
  call,
  global,
  int,
  MARK,
  mapping,
  orderedMapping,
  pickled,
  STOP,
  text,
  tuple,
  uint32,
} from '../../../helpers/pickle-bytes.ts';

const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'model.corrupt', message: expect.stringMatching(message) });

function read(...value: number[]): PickleValue {
  return unpickle(pickled(value));
}

describe('values', () => {
  test.each<[string, number[], PickleValue]>([
    ['none', [0x4e], null],
    ['true', [0x88], true],
    ['a byte', [0x4b, 200], 200],
    ['two bytes', [0x4d, 0x34, 0x12], 0x1234],
    ['a negative number', [0x4a, 0xfe, 0xff, 0xff, 0xff], -2],
    ['a long number', int(5_000_000_000), 5_000_000_000],
    ['a negative long number', [0x8a, 1, 0x80], -128],
    ['a long zero', [0x8a, 0], 0],
    ['a fraction', [0x47, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5],
    ['text', text('gewölbt'), 'gewölbt'],
    ['a tuple', tuple(int(1), int(2)), [1, 2]],
    ['a list', [0x5d, MARK, ...int(1), ...int(2), 0x65, ...int(3), 0x61], [1, 2, 3]],
    ['a remembered value', [...text('a'), 0x71, 9, 0x30, 0x68, 9], 'a'],
  ])('%s', (_, bytes, value) => {
    expect(read(...bytes)).toEqual(value);
  });

  test('mappings keep their order; the attributes of an ordered one are dropped', () => {
    const value = read(...build(orderedMapping({ z: int(1), a: int(2) }), mapping({ _metadata: mapping({}) })));
    expect(value).toBeInstanceOf(PickledMapping);
    expect([...(value as PickledMapping)]).toEqual([
      ['z', 1],
      ['a', 2],
    ]);
  });
});

describe('what a hostile file might try', () => {
  test.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['builtins', 'getattr'],
    ['subprocess', 'Popen'],
    ['torch', 'load'],
    ['torch._utils', '_rebuild_wrapper_subclass'],
    ['collections', 'OrderedDict.__init__'],
    ['__proto__', 'constructor'],
  ])('%s.%s is refused by name', (module, name) => {
    expect(() => read(...call(global(module, name), text('touch /tmp/pwned')))).toThrow(
      refused(new RegExp(`"${module}.${name}"`.replaceAll('.', '\\.'))),
    );
  });

  test.each<[string, number[], RegExp]>([
    ['calling a text', call(text('os.system'), text('true')), /calls a value/],
    ['calling an ordered mapping with arguments', call(global('collections', 'OrderedDict'), tuple()), /OrderedDict/],
    ['calling a storage type', call(global('torch', 'HalfStorage'), int(1)), /HalfStorage/],
    ['a tensor of nothing', call(global('torch._utils', '_rebuild_tensor_v2'), int(1)), /tensor is not described/],
    ['attributes of a plain mapping', build(mapping({}), mapping({})), /sets attributes/],
    ['attributes of a type', build(global('torch', 'HalfStorage'), mapping({})), /sets attributes/],
    ['a new object', [...global('collections', 'OrderedDict'), 0x29, 0x81], /0x81/],
    ['an instance', [MARK, 0x69, ...new TextEncoder().encode('os\nsystem\n')], /0x69/],
    ['a text persistent id', [...text('storage'), 0x51], /storage is not described/],
    ['a name without end', [0x63, ...new Array(5000).fill(0x61)], /name has no end/],
    ['another protocol', [0x80, 4], /protocol 4/],
    ['a number of 255 bytes', [0x8a, 255, ...new Array(255).fill(1)], /255 bytes/],
    ['a text of 4 GiB', [0x58, 255, 255, 255, 255], /ends in the middle/],
    ['a value from below a mark', [...int(1), MARK, 0x30], /value is missing/],
    ['a tuple without a start', [...int(1), 0x74], /no start/],
    ['a value that was never remembered', [0x6a, ...uint32(2 ** 32 - 1)], /4294967295/],
    ['keys of a number', [...int(1), ...text('a'), ...int(2), 0x73], /no mapping/],
    ['an odd number of keys and values', [0x7d, MARK, ...text('a'), 0x75], /no mapping/],
    ['additions to a text', [...text('a'), ...int(1), 0x61], /no list/],
  ])('%s is refused', (_, bytes, message) => {
    expect(() => read(...bytes)).toThrow(refused(message));
  });

  test('nesting without end is stopped', () => {
    expect(() => unpickle(new Uint8Array(2_000_000).fill(MARK))).toThrow(refused(/nests deeper/));
    expect(() => unpickle(new Uint8Array(2_000_000).fill(0x7d))).toThrow(refused(/nests deeper/));
  });

  test('remembering without end is stopped', () => {
    const bytes: number[] = [0x4e];
    for (let i = 0; i <= 1_000_000; i++) bytes.push(0x72, i & 255, (i >> 8) & 255, i >> 16, 0x7f);
    expect(() => unpickle(Uint8Array.from(bytes))).toThrow(refused(/remembers more/));
  });

  test('work without end is stopped', () => {
    const bytes = new Uint8Array(8_000_002);
    for (let i = 0; i < bytes.length; i += 2) bytes.set([0x4e, 0x30], i);
    expect(() => unpickle(bytes)).toThrow(refused(/steps/));
  });

  test('tuples nested a hundred thousand deep are values like others', () => {
    const bytes = new Uint8Array(200_001).fill(0x85);
    bytes[0] = 0x29;
    bytes[200_000] = STOP;
    expect(unpickle(bytes)).toBeInstanceOf(Array);
  });
});

test('any sequence of operations gives a value or model.corrupt', () => {
  const operation = fc.constantFrom(...pickleOperations());
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          operation,
          fc.nat(255).map((byte) => [byte]),
        ),
        { maxLength: 60 },
      ),
      (parts) => {
        try {
          unpickle(pickled(parts.flat()));
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).code).toBe('model.corrupt');
        }
      },
    ),
    { numRuns: 3000 },
  );
});

function pickleOperations(): number[][] {
  const plain = [
    0x28, 0x30, 0x4e, 0x88, 0x7d, 0x5d, 0x29, 0x74, 0x85, 0x86, 0x87, 0x61, 0x65, 0x73, 0x75, 0x52, 0x62, 0x51,
  ];
  return [
    ...plain.map((code) => [code]),
    int(3),
    text('storage'),
    global('torch', 'HalfStorage'),
    global('torch._utils', '_rebuild_tensor_v2'),
    global('collections', 'OrderedDict'),
    [0x71, 1],
    [0x68, 1],
  ];
}
