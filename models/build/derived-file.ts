import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AppError, errorMessageOf } from '../../src/errors.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { WeightStore } from './weight-store.ts';

/** Changes whenever the same checkpoint would give another derived file. */
const BUILDER_VERSION = 1;
/** Pieces of a checkpoint, evenly spread, whose bytes stand for all of it. */
const SAMPLES = 64;
const SAMPLE_BYTES = 4096;

const RecordSchema = z.object({ fingerprint: z.string(), sha256: z.string(), bytes: z.number() });
type DerivedRecord = z.infer<typeof RecordSchema>;

export type DerivedState = 'current' | 'absent' | 'stale' | 'not needed';

/**
 * What identifies a derived file: the checkpoints, by tables of contents, sizes and samples of their bytes, the layout
 * of the file, and the version of the builder. Cheap enough for the start of every job.
 */
export function fingerprintOf(store: WeightStore, checkpoints: readonly Checkpoint[]): string {
  const hash = createHash('sha256').update(`builder ${BUILDER_VERSION} ${store.options.format}\n`);
  for (const checkpoint of checkpoints) {
    const tensors = [...checkpoint.tensors.values()];
    hash.update(`${checkpoint.byteLength} ${JSON.stringify(tensors)}\n`);
    const step = Math.max(1, Math.floor(tensors.length / SAMPLES));
    for (let i = 0; i < tensors.length; i += step) {
      const tensor = tensors[i];
      if (tensor) hash.update(checkpoint.read(tensor, 0, Math.min(SAMPLE_BYTES, tensor.byteLength)));
    }
  }
  // Keys hold paths, which may change when a folder is moved.
  for (const { dtype, byteOffset, byteLength } of store.derived) hash.update(`${dtype} ${byteOffset} ${byteLength}\n`);
  return hash.digest('hex');
}

/** Whether the derived file of a store is there and was made from these checkpoints by this version. */
export function derivedState(store: WeightStore, fingerprint: string): DerivedState {
  if (store.derived.length === 0) return 'not needed';
  const record = readRecord(store.options.derivedPath);
  if (record === undefined) return 'absent';
  const path = store.options.derivedPath;
  const whole = existsSync(path) && statSync(path).size === store.derivedBytes;
  return whole && record.fingerprint === fingerprint && record.bytes === store.derivedBytes ? 'current' : 'stale';
}

/**
 * Writes the derived file under a temporary name, syncs it and renames it into place, its record last.
 * @param onProgress share of the bytes that is written
 * @throws {AppError} `model.unwritable` where the disk is full or the folder cannot be written
 */
export function writeDerivedFile(
  store: WeightStore,
  fingerprint: string,
  onProgress: (fraction: number) => void = () => {},
): void {
  const path = store.options.derivedPath;
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true });
    requireRoom(folder, store.derivedBytes);
    const sha256 = replaceFile(path, (write) => writeTensors(store, write, onProgress));
    const record: DerivedRecord = { fingerprint, sha256, bytes: store.derivedBytes };
    replaceFile(recordPath(path), (write) => write(Buffer.from(JSON.stringify(record, undefined, 2))));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'model.unwritable',
      `${path} could not be written: ${errorMessageOf(error)}. Free space there or choose another folder with --models.`,
      { cause: error },
    );
  }
}

/**
 * Reads a derived file whole and compares it with what was written.
 * @returns what is wrong, as a sentence, or undefined
 */
export async function verifyDerivedFile(store: WeightStore, fingerprint: string): Promise<string | undefined> {
  const path = store.options.derivedPath;
  switch (derivedState(store, fingerprint)) {
    case 'not needed':
      return undefined;
    case 'absent':
      return `${path} is not built`;
    case 'stale':
      return `${path} was made from other weights or by another version; build it again`;
    case 'current': {
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 22 })) hash.update(chunk);
      return hash.digest('hex') === readRecord(path)?.sha256
        ? undefined
        : `${path} differs from what was written: the disk or another program changed it; build it again`;
    }
  }
}

function writeTensors(store: WeightStore, write: (bytes: Uint8Array) => void, onProgress: (fraction: number) => void) {
  let position = 0;
  for (const { key, byteOffset, byteLength, produce } of store.derived) {
    write(new Uint8Array(byteOffset - position));
    position = byteOffset;
    for (const piece of produce()) {
      write(piece);
      position += piece.length;
      onProgress(position / store.derivedBytes);
    }
    if (position !== byteOffset + byteLength) {
      throw new Error(`${key}: expected ${byteLength} bytes, got ${position - byteOffset}`);
    }
  }
  write(new Uint8Array(store.derivedBytes - position));
}

/** Writes a file under a temporary name and renames it into place when it is safe on the disk; gives its SHA-256. */
function replaceFile(path: string, produce: (write: (bytes: Uint8Array) => void) => void): string {
  const temporary = `${path}.${process.pid}.part`;
  const hash = createHash('sha256');
  const file = openSync(temporary, 'w');
  try {
    produce((bytes) => {
      hash.update(bytes);
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    });
    fsyncSync(file);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

function requireRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const gigabytes = (count: number): string => `${(count / 1e9).toFixed(1)} GB`;
  throw new AppError(
    'model.unwritable',
    `${folder}: expected room for ${gigabytes(bytes)} of prepared weights, got ${gigabytes(free)}. Free space or use another weight format.`,
  );
}

function recordPath(path: string): string {
  return join(dirname(path), 'build.json');
}

function readRecord(path: string): DerivedRecord | undefined {
  try {
    return RecordSchema.safeParse(JSON.parse(readFileSync(recordPath(path), 'utf8'))).data;
  } catch {
    return undefined;
  }
}
