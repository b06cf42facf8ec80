import { createHash } from 'node:crypto';
import {
  createReadStream,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AppError, errorMessageOf } from '../../src/errors.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { isDiskFull } from '../store/unwritable.ts';
import { replaceFile } from './replace-file.ts';
import type { WeightStore } from './weight-store.ts';

/** Changes whenever the same checkpoint would give another derived file. */
const BUILDER_VERSION = 1;
/** Bytes from the middle of each tensor that stand for all of it: training changes every element. */
const SAMPLE_BYTES = 64;
/** How often to look whether another process is done. */
const POLL_MS = 200;

const RecordSchema = z.object({ fingerprint: z.string(), sha256: z.string(), bytes: z.number() });
type DerivedRecord = z.infer<typeof RecordSchema>;

export type DerivedState = 'current' | 'absent' | 'stale' | 'not needed';

/**
 * What identifies a derived file: the checkpoints, by tables of contents and a sample of every tensor, the layout of
 * the file, and the version of the builder. Cheap enough for the start of every job.
 */
export function fingerprintOf(store: WeightStore, checkpoints: readonly Checkpoint[]): string {
  const hash = createHash('sha256').update(`builder ${BUILDER_VERSION} ${store.options.format}\n`);
  for (const checkpoint of checkpoints) {
    hash.update(`${checkpoint.byteLength} ${JSON.stringify([...checkpoint.tensors.values()])}\n`);
    for (const tensor of checkpoint.tensors.values()) {
      const start = Math.floor(Math.max(0, tensor.byteLength - SAMPLE_BYTES) / 2);
      hash.update(checkpoint.read(tensor, start, Math.min(SAMPLE_BYTES, tensor.byteLength)));
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
  const whole = statSync(store.options.derivedPath, { throwIfNoEntry: false })?.size === store.derivedBytes;
  return whole && record.fingerprint === fingerprint && record.bytes === store.derivedBytes ? 'current' : 'stale';
}

/** Whether networks over a store can be loaded. */
export function isReady(store: WeightStore, fingerprint: string): boolean {
  return ['current', 'not needed'].includes(derivedState(store, fingerprint));
}

/**
 * Sees to it that the derived file is there: writes it, or waits for a process that is at it.
 * @param onWait called once where there is such a process
 * @param onProgress share of the bytes that is written
 * @throws {AppError} `model.unwritable` where the disk is full or the folder cannot be written
 */
export async function ensureDerivedFile(
  store: WeightStore,
  fingerprint: string,
  { onWait, onProgress }: { onWait(): void; onProgress(fraction: number): void },
): Promise<void> {
  for (let waits = 0; !isReady(store, fingerprint); waits++) {
    if (writeDerivedFile(store, fingerprint, onProgress)) return;
    if (waits === 0) onWait();
    await sleep(POLL_MS);
  }
}

/**
 * Writes the derived file, its record last.
 * @param onProgress share of the bytes that is written
 * @returns false, and nothing done, while another process writes it
 * @throws {AppError} `model.unwritable` where the disk is full or the folder cannot be written
 */
export function writeDerivedFile(
  store: WeightStore,
  fingerprint: string,
  onProgress: (fraction: number) => void = () => {},
): boolean {
  const path = store.options.derivedPath;
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true });
    const sha256 = replaceFile(path, (write) => {
      requireRoom(folder, store.derivedBytes);
      writeTensors(store, write, onProgress);
      // No record is better than one of another file.
      rmSync(recordPath(path), { force: true });
    });
    if (sha256 === undefined) return false;
    writeRecord(path, { fingerprint, sha256, bytes: store.derivedBytes });
    return true;
  } catch (error) {
    throw explainFailure(path, error);
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

function explainFailure(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = isDiskFull(error)
    ? 'the disk is full. Free space or use another weight format'
    : `${errorMessageOf(error)}. Run "hy3d models build" as a user who may write there, or use another folder with --models`;
  return new AppError('model.unwritable', `Cannot write prepared weights to ${path}: ${message}.`, { cause: error });
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

function writeRecord(path: string, record: DerivedRecord): void {
  const temporary = `${recordPath(path)}.part`;
  writeFileSync(temporary, JSON.stringify(record, undefined, 2));
  renameSync(temporary, recordPath(path));
}

function readRecord(path: string): DerivedRecord | undefined {
  try {
    return RecordSchema.safeParse(JSON.parse(readFileSync(recordPath(path), 'utf8'))).data;
  } catch {
    return undefined;
  }
}
