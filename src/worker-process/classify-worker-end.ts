import type { JobErrorCode } from '../errors.ts';
import type { WorkerErrorEvent, WorkerResult } from '../protocol/messages.ts';
import type { ProcessExit } from './spawn-worker.ts';

/** Why the server ended a worker; the first reason is kept. */
export type StopReason = 'cancelled' | 'server_shutdown' | 'deadline_exceeded' | 'worker.unresponsive';

/** What is known when a worker process is gone. */
export interface WorkerEndFacts {
  /** Set only when the server stopped the worker before a terminal line came. */
  stopReason?: StopReason | undefined;
  /** The first terminal line. */
  terminal?: WorkerResult | WorkerErrorEvent | undefined;
  /** What broke the protocol. */
  violation?: string | undefined;
  exit: ProcessExit;
}

export type WorkerEnd =
  | { kind: 'completed'; result: WorkerResult }
  /** `message` is a sentence for people and tells nothing of the machine's inside. */
  | { kind: 'failed'; code: JobErrorCode; message: string };

const STOP_MESSAGES: Readonly<Record<StopReason, string>> = {
  cancelled: 'The job was cancelled.',
  server_shutdown: 'The server was shut down before the job was done; send it again.',
  deadline_exceeded: 'The job took longer than this server allows and was stopped; ask for less detail.',
  'worker.unresponsive': 'The worker process stopped answering and was ended; send the job again.',
};
/** A message reaches clients, so it is bounded whatever the worker wrote. */
const MAX_MESSAGE_CHARS = 1000;

/**
 * Names the end of a worker. Pure and total; the first that applies wins: our own stop, the error that it
 * reported, a broken protocol, its result, SIGKILL that was not ours (the kernel does that when memory is out),
 * another signal, a non-zero exit code, a clean exit without a terminal line. A result counts even if the
 * process died afterwards, for its files were complete before it was sent.
 */
export function classifyWorkerEnd({ stopReason, terminal, violation, exit }: WorkerEndFacts): WorkerEnd {
  if (stopReason !== undefined) return failed(stopReason, STOP_MESSAGES[stopReason]);
  if (terminal?.type === 'error') return failed(terminal.code, terminal.message);
  if (violation !== undefined) {
    return failed('worker.protocol_violation', 'The worker process answered with something unexpected; see the log.');
  }
  if (terminal !== undefined) return { kind: 'completed', result: terminal };
  if (exit.signal === 'SIGKILL') {
    const advice = 'send fewer or smaller pictures, or ask for less detail';
    return failed('worker.out_of_memory', `The worker process was killed, most likely for lack of memory; ${advice}.`);
  }
  if (exit.signal !== null) return failed('worker.signalled', `The worker process crashed with ${exit.signal}.`);
  if (exit.exitCode !== 0) {
    return failed('worker.exited', `The worker process ended with exit code ${exit.exitCode} before it was done.`);
  }
  return failed('worker.no_result', 'The worker process ended without a result.');
}

/** Whether a job's end speaks against the device that it ran on. */
export function isWorkerDeath(code: JobErrorCode): boolean {
  return code.startsWith('worker.');
}

function failed(code: JobErrorCode, message: string): WorkerEnd {
  return { kind: 'failed', code, message: message.slice(0, MAX_MESSAGE_CHARS) };
}
