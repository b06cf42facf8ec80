import { z } from 'zod';
import { AppError } from '../../src/errors.ts';
import { type StoredTensor, TENSOR_DTYPES, type TensorDtype } from './checkpoint.ts';
import type { RandomAccessFile } from './random-access-file.ts';
import { tensorByteLength } from './tensor-size.ts';

const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 100_000_000;
const OPENING_BRACE = 0x7b;

const offset = z.number().int().nonnegative();
const HeaderSchema = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(offset).max(16), data_offsets: z.tuple([offset, offset]) }),
);
const MetadataSchema = z.record(z.string(), z.string()).optional();

/** Whether a file starts as safetensors does: a plausible header length (u64) and an opening brace. */
export function looksLikeSafetensors(start: Uint8Array): boolean {
  return start[LENGTH_BYTES] === OPENING_BRACE && start[7] === 0 && start[6] === 0 && start[5] === 0 && start[4] === 0;
}

/**
 * Reads the table of a safetensors file: header length (u64, little-endian), a JSON object of tensors, their bytes.
 * The tensors must fill the rest of the file without gap or overlap, as the format demands.
 * @throws {AppError} `model.corrupt` where the file breaks the format, `model.unsupported` for other element types
 */
export function readSafetensorsTable(file: RandomAccessFile): Map<string, StoredTensor> {
  const { header, dataStart } = readHeader(file);
  const tensors = Object.entries(header).map(([name, entry]): StoredTensor => {
    const [start, end] = entry.data_offsets;
    const dtype = parseDtype(name, entry.dtype);
    const byteLength = tensorByteLength(name, dtype, entry.shape);
    if (end - start !== byteLength) {
      throw corrupt(`${dtype} [${entry.shape.join(', ')}] of ${name} takes ${byteLength} bytes, not ${end - start}`);
    }
    return { name, dtype, shape: entry.shape, byteOffset: dataStart + start, byteLength };
  });
  checkCoverage(tensors, dataStart, file.byteLength);
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

function readHeader(file: RandomAccessFile) {
  const length = new DataView(file.readAt(0, LENGTH_BYTES).buffer).getBigUint64(0, true);
  if (length < 2n || length > MAX_HEADER_BYTES) {
    throw corrupt(`a header has 2 to ${MAX_HEADER_BYTES} bytes, this one says ${length}`);
  }
  const dataStart = LENGTH_BYTES + Number(length);
  const { __metadata__: metadata, ...entries } = parseJson(file.readAt(LENGTH_BYTES, Number(length)));
  if (!MetadataSchema.safeParse(metadata).success) throw corrupt('the metadata is not a mapping of text to text');
  const parsed = HeaderSchema.safeParse(entries);
  if (parsed.success) return { header: parsed.data, dataStart };
  const issue = parsed.error.issues[0];
  throw corrupt(`the header entry ${issue?.path.join('.')} is wrong: ${issue?.message}`);
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AppError('model.corrupt', 'the header is not JSON text', { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw corrupt('the header is not a JSON object');
}

function parseDtype(name: string, text: string): TensorDtype {
  const dtype = TENSOR_DTYPES.find((known) => known === text);
  if (dtype !== undefined) return dtype;
  throw new AppError('model.unsupported', `the tensor ${name} is ${text}; expected ${TENSOR_DTYPES.join(', ')}`);
}

/** Sorts by place, then walks: each tensor starts where the one before ended, the last one ends the file. */
function checkCoverage(tensors: readonly StoredTensor[], dataStart: number, fileEnd: number): void {
  let end = dataStart;
  for (const tensor of tensors.toSorted((a, b) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength)) {
    if (tensor.byteOffset !== end) {
      throw corrupt(`the tensor ${tensor.name} starts at byte ${tensor.byteOffset}, expected ${end}`);
    }
    end += tensor.byteLength;
  }
  if (end !== fileEnd) throw corrupt(`the tensors end at byte ${end}, the file has ${fileEnd}: it was cut or damaged`);
}

function corrupt(message: string): AppError {
  return new AppError('model.corrupt', message);
}
