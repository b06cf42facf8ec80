import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../src/errors.ts';
import { hashFile } from './hash-file.ts';
import type { FileRecord } from './install-record.ts';
import { type FileStream, type ModelSource, TransientError } from './model-source.ts';
import { PartFile } from './part-file.ts';
import type { StoreFile } from './store-layout.ts';
import { createTransferMeter, type TransferProgress } from './transfer-rate.ts';
import { asUnwritable, ensureFreeSpace } from './unwritable.ts';

/** What happens to a file while a model is pulled. */
export type PullEvent = { file: string } & (
  | ({ type: 'progress' } & TransferProgress)
  | { type: 'retry'; reason: string; delayMs: number }
  | { type: 'checking' }
  | { type: 'done'; bytes: number }
  /** It was there already. */
  | { type: 'kept'; bytes: number }
  /** It is optional and the source lacks it. */
  | { type: 'skipped' }
);

export interface DownloadOptions {
  source: ModelSource;
  signal: AbortSignal;
  onEvent(event: PullEvent): void;
  /** Failures in a row, without progress in between, after which it gives up. */
  maxAttempts?: number;
  /** Pause after the first failure; doubles with each further one. */
  retryDelayMs?: number;
}

const DEFAULT_MAX_ATTEMPTS = 6;
const DEFAULT_RETRY_DELAY_MS = 1_000;
/** An attempt that brings this much starts the count of failures anew; so even a poor line brings a large file. */
const PROGRESS_BYTES = 1024 ** 2;

/**
 * Brings a file into its place: into `<name>.part` first, going on where an earlier run ended, then checked, then
 * renamed.
 * @throws {AppError} `model.missing`, `model.download_failed`, `model.unwritable`, or `model.corrupt` where the bytes
 * are not the expected ones; then nothing is kept
 */
export async function downloadFile(file: StoreFile, options: DownloadOptions): Promise<FileRecord> {
  const { source, signal, onEvent } = options;
  const part = new PartFile(file.localPath);
  const sourceSha256 = await transferWithRetries(file, part, options);
  onEvent({ type: 'checking', file: file.label });
  const sha256 = await hashFile(part.path, signal);
  for (const expected of [file.sha256, sourceSha256]) {
    if (expected === undefined || sha256.startsWith(expected)) continue;
    await part.remove();
    const digests = `SHA-256 ${sha256.slice(0, 16)}…, expected ${expected.slice(0, 16)}…`;
    const message = `${file.label} from ${source.label} has wrong bytes: ${digests}. They were deleted; try again.`;
    throw new AppError('model.corrupt', message);
  }
  const { size, mtimeMs } = await part.moveIntoPlace();
  onEvent({ type: 'done', file: file.label, bytes: size });
  return { file: file.label, bytes: size, sha256, source: source.label, mtimeMs };
}

async function transferWithRetries(file: StoreFile, part: PartFile, options: DownloadOptions) {
  const { source, signal, onEvent } = options;
  const { maxAttempts = DEFAULT_MAX_ATTEMPTS, retryDelayMs = DEFAULT_RETRY_DELAY_MS } = options;
  for (let failures = 0; ; ) {
    const bytesBefore = await part.size();
    try {
      return await transfer(file, part, options);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransientError)) throw error;
      failures = (await part.size()) - bytesBefore >= PROGRESS_BYTES ? 1 : failures + 1;
      if (failures >= maxAttempts) throw gaveUp(file, source, failures, error);
      const delayMs = error.retryAfterMs ?? retryDelayMs * 2 ** (failures - 1);
      onEvent({ type: 'retry', file: file.label, reason: error.message, delayMs });
      await sleep(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** One attempt to bring all that is missing; returns the digest that the source tells. */
async function transfer(file: StoreFile, part: PartFile, options: DownloadOptions): Promise<string | undefined> {
  const resume = await part.resumePoint(file.sha256 !== undefined);
  const stream = await options.source.open(file, resume, options.signal);
  try {
    checkAgreement(file, stream, options.source);
    if (stream.start !== 0 && stream.start !== resume?.offset) {
      throw new TransientError(`${options.source.label} sends another part of the file than it was asked for`);
    }
    await receive(file, part, stream, options);
    return stream.sha256;
  } finally {
    stream.close();
  }
}

async function receive(file: StoreFile, part: PartFile, stream: FileStream, options: DownloadOptions): Promise<void> {
  const { signal, onEvent } = options;
  const totalBytes = stream.totalBytes ?? file.bytes;
  await part.makeFolder();
  if (totalBytes !== undefined) await ensureFreeSpace(dirname(part.path), totalBytes - stream.start);
  const measure = createTransferMeter(totalBytes, () => performance.now());
  let position = stream.start;
  const report = () => onEvent({ type: 'progress', file: file.label, ...measure(position) });
  const handle = await part.openAt(stream.start, stream.etag);
  try {
    report();
    for await (const chunk of stream.body) {
      signal.throwIfAborted();
      await writeAll(handle, chunk, position);
      position += chunk.length;
      report();
    }
    await handle.sync();
  } catch (error) {
    if (error instanceof TransientError || signal.aborted) throw error;
    throw asUnwritable(part.path, error);
  } finally {
    await handle.close();
  }
  if (totalBytes === undefined || position === totalBytes) return;
  if (position > totalBytes) await part.remove();
  throw new TransientError(`the connection ended at byte ${position} of ${totalBytes}`);
}

/** Before gigabytes are brought that could not be right. */
function checkAgreement(file: StoreFile, { totalBytes, sha256 }: FileStream, source: ModelSource): void {
  const advice = 'the source has another version of this file; name its revision in manifest.json';
  if (file.bytes !== undefined && totalBytes !== undefined && file.bytes !== totalBytes) {
    const sizes = `has ${totalBytes} bytes at ${source.label}, expected ${file.bytes}`;
    throw new AppError('model.corrupt', `${file.label} ${sizes}: ${advice}.`);
  }
  if (file.sha256 !== undefined && sha256 !== undefined && !sha256.startsWith(file.sha256)) {
    const digests = `SHA-256 ${sha256.slice(0, 16)}… at ${source.label}, expected ${file.sha256.slice(0, 16)}…`;
    throw new AppError('model.corrupt', `${file.label} has ${digests}: ${advice}.`);
  }
}

function gaveUp(file: StoreFile, source: ModelSource, attempts: number, cause: TransientError): AppError {
  const message = `Could not bring ${file.label} from ${source.label} in ${attempts} attempts: ${cause.message}.`;
  const advice = 'What has arrived is kept; run the command again to go on.';
  return new AppError('model.download_failed', `${message} ${advice}`, { cause });
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    written += (await handle.write(chunk, written, chunk.length - written, position + written)).bytesWritten;
  }
}
