import { AppError } from '../../../src/errors.ts';

/** The error of a file that was written and does not read back as it should. */
export function broken(format: string, problem: string, cause?: unknown): AppError {
  return new AppError('export.invalid', `the ${format} that was written is broken: ${problem}`, { cause });
}
