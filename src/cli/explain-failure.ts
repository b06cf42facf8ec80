import { CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { AppError, errorMessageOf } from '../errors.ts';
import { StartError } from '../start-error.ts';
import { UsageError } from './usage-error.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** As shells count a process that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

/** What the command line prints of a thrown value: one message for what is expected, the stack for a fault of ours. */
export function explainFailure(error: unknown): string {
  if (isExpected(error)) return errorMessageOf(error);
  return error instanceof Error && error.stack ? error.stack : String(error);
}

/** 0 for help and version, 2 for wrong usage and settings, 130 for a cancelled job, 1 for everything else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof UsageError || error instanceof ConfigError) return EXIT_USAGE;
  return error instanceof AppError && error.code === 'cancelled' ? EXIT_INTERRUPTED : EXIT_FAILED;
}

function isExpected(error: unknown): boolean {
  return [AppError, ConfigError, StartError, UsageError].some((kind) => error instanceof kind);
}
