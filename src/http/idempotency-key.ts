import { AppError } from '../errors.ts';

/** Printable ASCII without white space at its ends; a UUID fits, in quotes too. */
export const IDEMPOTENCY_KEY = /^[!-~](?:[ -~]{0,253}[!-~])?$/;

/** @throws {AppError} `request.invalid` */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || IDEMPOTENCY_KEY.test(header)) return header;
  throw new AppError('request.invalid', 'Idempotency-Key: expected 1 to 255 printable ASCII characters.');
}
