import pino, { type Logger } from 'pino';

/** Structured lines of JSON; `child({ jobId })` binds a job to every line. */
export type Log = Logger;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * A log that writes to stderr, at once, so that no line is lost when the process ends. stdout stays free: in a
 * worker it belongs to the protocol, on the command line to the answer. JSON escapes line breaks, so nothing
 * that a client sends can start a line of its own.
 */
export function createLog(level: LogLevel = 'info'): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime } as const;
  return pino(options, pino.destination({ dest: 2, sync: true }));
}
