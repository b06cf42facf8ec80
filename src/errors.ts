/**
 * Errors that cross a border: HTTP, the worker's pipe, the command line.
 *
 * Request codes describe why a call was refused, job codes why a job ended without a model. A programming
 * mistake stays a plain `Error` and becomes `internal` at the border.
 */

/** Why a request was refused. Each has one HTTP status (`src/http/error-response.ts`). */
export const REQUEST_ERROR_CODES = [
  'request.malformed',
  'request.invalid',
  'request.unauthorized',
  'request.key_reused',
  'request.too_large',
  'request.unsupported_media_type',
  'request.method_not_allowed',
  'request.foreign_origin',
  'request.not_found',
  'request.range_not_satisfiable',
  'request.rate_limited',
  'job.unknown',
  'job.not_cancellable',
  'queue.full',
  'server.starting',
  'server.draining',
  'server.no_device',
  'internal',
] as const;
export type RequestErrorCode = (typeof REQUEST_ERROR_CODES)[number];

/** Why a job failed. `worker.*` codes are set by the server, the others are reported by the worker. */
export const JOB_ERROR_CODES = [
  'cancelled',
  'deadline_exceeded',
  'server_shutdown',
  'image.unreadable',
  'image.unsupported',
  'image.too_large',
  'image.no_object',
  'engine.unknown',
  'engine.unavailable',
  'model.missing',
  'model.corrupt',
  'model.unsupported',
  'model.unwritable',
  'model.download_failed',
  'runtime.unavailable',
  'runtime.failed',
  'geometry.empty',
  'geometry.bad_shape',
  'texture.bad_shape',
  'export.invalid',
  'output.unwritable',
  'worker.protocol_violation',
  'worker.out_of_memory',
  'worker.signalled',
  'worker.exited',
  'worker.no_result',
  'worker.unresponsive',
  'worker.not_started',
  'internal',
] as const;
export type JobErrorCode = (typeof JOB_ERROR_CODES)[number];

export type ErrorCode = RequestErrorCode | JobErrorCode;

export interface AppErrorOptions {
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** An expected failure. `message` is a sentence for people: what was expected, what came, what to do. */
export class AppError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: C, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details;
  }
}

/** The code of any thrown value; everything that is not an `AppError` is `internal`. */
export function errorCodeOf(error: unknown): ErrorCode {
  return error instanceof AppError ? error.code : 'internal';
}

/** The message of any thrown value. */
export function errorMessageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
