import type { StoreFile } from './store-layout.ts';

/** The bytes of a file, from `start` to its end. */
export interface FileStream {
  start: number;
  totalBytes: number | undefined;
  /** Names this version of the file; a later request may ask for the rest of the same. */
  etag: string | undefined;
  /** As the source knows it. */
  sha256: string | undefined;
  body: AsyncIterable<Uint8Array>;
  /** Frees what the stream holds, whether it was read or not. */
  close(): void;
}

export interface ResumePoint {
  offset: number;
  etag: string | undefined;
}

/** Where files come from. */
export interface ModelSource {
  /** For the record and for messages. */
  readonly label: string;
  /**
   * @param resume what is there already; the source may start over
   * @throws {AppError} `model.missing` where the source lacks the file, `model.download_failed` where trying again
   * does not help
   * @throws {TransientError} where it may, also from `body`
   */
  open(file: StoreFile, resume: ResumePoint | undefined, signal: AbortSignal): Promise<FileStream>;
}

/** A failure that may pass: a connection that was cut, a busy server. */
export class TransientError extends Error {
  override name = 'TransientError';

  constructor(
    message: string,
    /** How long the server asks to wait. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}
