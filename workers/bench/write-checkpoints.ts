import { closeSync, openSync, writeSync } from 'node:fs';
import { elementCount } from '../../models/checkpoint/tensor-size.ts';

export interface HalfTensor {
  name: string;
  shape: readonly number[];
  /** Called once, when the tensor is written. */
  values(): Uint16Array<ArrayBuffer>;
}

/** Writes tensors of 16 bits in the safetensors container. */
export function writeSafetensors(path: string, tensors: readonly HalfTensor[]): void {
  let end = 0;
  const entries = tensors.map(({ name, shape }) => {
    const start = end;
    end += 2 * elementCount(shape);
    return [name, { dtype: 'F16', shape, data_offsets: [start, end] }];
  });
  const table = JSON.stringify(Object.fromEntries(entries));
  // Padded as published files are, so that tensors are aligned.
  const header = Buffer.from(table.padEnd(Math.ceil(table.length / 8) * 8));
  const length = new BigUint64Array([BigInt(header.length)]);
  writeParts(path, function* () {
    yield new Uint8Array(length.buffer);
    yield header;
    for (const tensor of tensors) yield bytesOf(tensor);
  });
}

/** Writes tensors of 16 bits as a PyTorch archive: a mapping of sections, each a mapping of names, by their first dots. */
export function writeTorchArchive(path: string, tensors: readonly HalfTensor[]): void {
  const sections = Map.groupBy(tensors, ({ name }) => name.slice(0, name.indexOf('.')));
  const numbers = new Map(tensors.map((tensor, i) => [tensor, String(i)]));
  const pickle = Buffer.from([
    0x80,
    2,
    ...mapping(
      [...sections].map(([section, members]) => [
        section,
        mapping(
          members.map((tensor) => [
            tensor.name.slice(section.length + 1),
            pickledTensor(numbers.get(tensor) ?? '', tensor.shape),
          ]),
        ),
      ]),
    ),
    0x2e,
  ]);
  const entries = [
    { name: 'archive/data.pkl', size: pickle.length, bytes: () => pickle as Uint8Array },
    { name: 'archive/version', size: 2, bytes: () => Buffer.from('3\n') as Uint8Array },
    ...tensors.map((tensor, i) => ({
      name: `archive/data/${i}`,
      size: 2 * elementCount(tensor.shape),
      bytes: () => bytesOf(tensor),
    })),
  ];
  writeParts(path, () => storedZip(entries));
}

interface ZipEntry {
  name: string;
  size: number;
  bytes(): Uint8Array;
}

const ZIP_ALIGNMENT = 64;
const ZIP64_MARK = 0xffffffff;

/** A ZIP64 archive of stored entries, payloads aligned by padding in their local headers. Check sums are left zero. */
function* storedZip(entries: readonly ZipEntry[]): Iterable<Uint8Array> {
  let at = 0;
  const places: number[] = [];
  for (const { name, size, bytes } of entries) {
    places.push(at);
    const fixed = 30 + name.length + 20;
    const padding = (ZIP_ALIGNMENT - ((at + fixed + 4) % ZIP_ALIGNMENT)) % ZIP_ALIGNMENT;
    yield fields(
      [4, 0x04034b50],
      [2, 45],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, 0],
      [4, ZIP64_MARK],
      [4, ZIP64_MARK],
      [2, name.length],
      [2, 24 + padding],
    );
    yield Buffer.from(name);
    yield fields([2, 1], [2, 16], [8, size], [8, size], [2, 0x4246], [2, padding]);
    yield new Uint8Array(padding);
    yield bytes();
    at += fixed + 4 + padding + size;
  }
  const directory = at;
  for (const [i, { name, size }] of entries.entries()) {
    yield fields(
      [4, 0x02014b50],
      [2, 45],
      [2, 45],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, 0],
      [4, ZIP64_MARK],
      [4, ZIP64_MARK],
      [2, name.length],
      [2, 28],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, ZIP64_MARK],
    );
    yield Buffer.from(name);
    yield fields([2, 1], [2, 24], [8, size], [8, size], [8, places[i] ?? 0]);
    at += 46 + name.length + 28;
  }
  const count = entries.length;
  yield fields(
    [4, 0x06064b50],
    [8, 44],
    [2, 45],
    [2, 45],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, at - directory],
    [8, directory],
  );
  yield fields([4, 0x07064b50], [4, 0], [8, at], [4, 1]);
  yield fields([4, 0x06054b50], [2, 0], [2, 0], [2, 0xffff], [2, 0xffff], [4, ZIP64_MARK], [4, ZIP64_MARK], [2, 0]);
}

function fields(...list: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(list.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of list) {
    if (size === 2) view.setUint16(at, value, true);
    else if (size === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += size;
  }
  return bytes;
}

function mapping(entries: readonly (readonly [string, readonly number[]])[]): number[] {
  return [0x7d, 0x28, ...entries.flatMap(([key, value]) => [...text(key), ...value]), 0x75];
}

/** A call of the function that rebuilds a tensor from its storage: offset 0, row-major strides, no gradient, no hooks. */
function pickledTensor(storage: string, shape: readonly number[]): number[] {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const id = [
    ...text('storage'),
    ...global('torch', 'HalfStorage'),
    ...text(storage),
    ...text('cpu'),
    ...int(elementCount(shape)),
  ];
  const hooks = [...global('collections', 'OrderedDict'), 0x29, 0x52];
  const args = [
    0x28,
    ...id,
    0x74,
    0x51,
    ...int(0),
    0x28,
    ...shape.flatMap(int),
    0x74,
    0x28,
    ...strides.flatMap(int),
    0x74,
    0x89,
    ...hooks,
  ];
  return [...global('torch._utils', '_rebuild_tensor_v2'), 0x28, ...args, 0x74, 0x52];
}

function text(value: string): number[] {
  return [0x58, ...int(value.length).slice(1), ...Buffer.from(value)];
}

function int(value: number): number[] {
  return [0x4a, value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
}

function global(module: string, name: string): number[] {
  return [0x63, ...Buffer.from(`${module}\n${name}\n`)];
}

function bytesOf(tensor: HalfTensor): Uint8Array {
  const values = tensor.values();
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function writeParts(path: string, parts: () => Iterable<Uint8Array>): void {
  const file = openSync(path, 'w');
  try {
    for (const part of parts()) for (let done = 0; done < part.length; ) done += writeSync(file, part, done);
  } finally {
    closeSync(file);
  }
}
