import { AppError } from '../../src/errors.ts';
import { BYTES_PER_ELEMENT, type StoredTensor } from './checkpoint.ts';
import { PickledMapping, PickledTensor, type PickleValue } from './pickle-values.ts';
import type { RandomAccessFile } from './random-access-file.ts';
import { tensorByteLength } from './tensor-size.ts';
import { unpickle } from './unpickle.ts';
import { locatePayload, readZipDirectory, type ZipEntry } from './zip-directory.ts';

const TABLE_NAME = '/data.pkl';
const MAX_TABLE_BYTES = 64 * 1024 ** 2;
/** Published files nest two mappings: section, then tensor. */
const MAX_NESTING = 8;
const MAX_ENTRIES = 1_000_000;
const MAX_NAME_LENGTH = 1_000;

/**
 * Reads the table of a PyTorch archive: a zip of stored entries, `<prefix>/data.pkl` the nested mappings of tensors,
 * `<prefix>/data/<key>` their storages. Only the directory, the table and the local headers are read.
 * Values that are no tensors (counters, settings of a training) are left out.
 * @throws {AppError} `model.corrupt`, or `model.unsupported` for what PyTorch can write but no published file has
 */
export function readTorchArchiveTable(file: RandomAccessFile): Map<string, StoredTensor> {
  const entries = readZipDirectory(file);
  const table = [...entries.values()].find(({ name }) => name.endsWith(TABLE_NAME));
  if (table === undefined) throw new AppError('model.corrupt', 'the zip archive holds no data.pkl: no PyTorch file');
  const prefix = table.name.slice(0, -TABLE_NAME.length);
  checkByteOrder(file, entries.get(`${prefix}/byteorder`));

  const payloads = new Map<string, number>();
  const locate = (tensor: PickledTensor, name: string): StoredTensor => {
    const entry = entries.get(`${prefix}/data/${tensor.storage.key}`);
    if (entry === undefined) throw new AppError('model.corrupt', `the bytes of ${name} are not in the archive`);
    const payload = payloads.get(entry.name) ?? locatePayload(file, entry);
    payloads.set(entry.name, payload);
    return placeTensor(name, tensor, entry, payload);
  };
  const root = unpickle(readEntry(file, table, MAX_TABLE_BYTES));
  return new Map([...flatten(root)].map(([name, tensor]) => [name, locate(tensor, name)]));
}

/** Tensors by the names of the mappings around them, joined by dots. */
function flatten(root: PickleValue): Map<string, PickledTensor> {
  const tensors = new Map<string, PickledTensor>();
  let visited = 0;
  const visit = (value: PickleValue, path: string, depth: number): void => {
    if (++visited > MAX_ENTRIES || depth > MAX_NESTING || path.length > MAX_NAME_LENGTH) {
      throw new AppError('model.corrupt', 'its table nests deeper or names more than any checkpoint does');
    }
    if (value instanceof PickledTensor) {
      if (tensors.has(path)) throw new AppError('model.corrupt', `it holds two tensors of the name ${path}`);
      tensors.set(path, value);
    } else if (value instanceof PickledMapping) {
      for (const [key, item] of value) {
        if (typeof key !== 'string') throw new AppError('model.corrupt', 'one of its tensors has no name');
        visit(item, path === '' ? key : `${path}.${key}`, depth + 1);
      }
    }
  };
  if (!(root instanceof PickledMapping)) {
    throw new AppError('model.unsupported', 'it holds something other than a mapping of tensors');
  }
  visit(root, '', 0);
  return tensors;
}

function placeTensor(name: string, tensor: PickledTensor, entry: ZipEntry, payload: number): StoredTensor {
  const { storage, shape, strides } = tensor;
  const byteLength = tensorByteLength(name, storage.dtype, shape);
  const elementBytes = BYTES_PER_ELEMENT[storage.dtype];
  if (storage.elements * elementBytes !== entry.byteLength) {
    const expected = `${storage.elements} elements of ${storage.dtype}`;
    throw new AppError('model.corrupt', `the storage of ${name} has ${entry.byteLength} bytes, expected ${expected}`);
  }
  if (!isRowMajor(shape, strides)) {
    const layout = `[${shape.join(', ')}] with strides [${strides.join(', ')}]`;
    throw new AppError('model.unsupported', `the tensor ${name} is stored as ${layout}, expected row-major order`);
  }
  if (tensor.offset * elementBytes + byteLength > entry.byteLength) {
    throw new AppError('model.corrupt', `the tensor ${name} leaves its storage`);
  }
  return { name, dtype: storage.dtype, shape, byteOffset: payload + tensor.offset * elementBytes, byteLength };
}

/** The stride of a dimension of size 1 means nothing, nor does any where the tensor is empty. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.length !== strides.length) return false;
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

function checkByteOrder(file: RandomAccessFile, entry: ZipEntry | undefined): void {
  if (entry === undefined) return;
  const order = new TextDecoder().decode(readEntry(file, entry, 64));
  if (order.trim() !== 'little') {
    throw new AppError('model.unsupported', `its byte order is ${JSON.stringify(order)}, expected little`);
  }
}

function readEntry(file: RandomAccessFile, entry: ZipEntry, maxBytes: number): Uint8Array {
  if (entry.byteLength > maxBytes) {
    throw new AppError('model.corrupt', `the entry ${entry.name} has ${entry.byteLength} bytes, at most ${maxBytes}`);
  }
  return file.readAt(locatePayload(file, entry), entry.byteLength);
}
