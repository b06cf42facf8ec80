import type { Log } from '../log.ts';
import type { JobRequest, WorkerEvent } from '../protocol/messages.ts';
import { NdjsonDecoder } from '../protocol/ndjson.ts';
import { classifyWorkerEnd, type StopReason, type WorkerEnd } from './classify-worker-end.ts';
import { readStream } from './read-stream.ts';
import { SilenceWatchdog } from './silence-watchdog.ts';
import type { WorkerProcess } from './spawn-worker.ts';
import { TextTail } from './text-tail.ts';
import { WorkerConversation } from './worker-conversation.ts';
import { WorkerLog } from './worker-log.ts';

export interface WorkerLimits {
  /** From the start of the process to its terminal line. */
  jobTimeoutMs: number;
  /** Longest silence. */
  heartbeatTimeoutMs: number;
  /** From SIGTERM to SIGKILL, and from the terminal line to SIGKILL. */
  cancelGraceMs: number;
}

export interface RunWorkerOptions {
  limits: WorkerLimits;
  /** Called for each event of the worker, in order, the terminal line included. */
  onEvent: (event: WorkerEvent) => void;
  /** Ends the worker; its reason is the stop reason. */
  signal: AbortSignal;
  log: Log;
}

const STDERR_TAIL_CHARS = 8000;
/** How long pipes are read after the exit: something that the worker started may hold them open for ever. */
const DRAIN_MS = 1000;

/**
 * Runs one job on a fresh worker process and returns how it ended, when the process is gone and its pipes are
 * closed. Never rejects for anything that a worker does; what `onEvent` throws is thrown when the process is gone.
 */
export async function runWorker(
  worker: WorkerProcess,
  request: JobRequest,
  options: RunWorkerOptions,
): Promise<WorkerEnd> {
  const { limits, onEvent, signal, log } = options;
  const conversation = new WorkerConversation();
  const decoder = new NdjsonDecoder();
  const workerLog = new WorkerLog(log);
  const stderrTail = new TextTail(STDERR_TAIL_CHARS);
  const timers = new Set<Timer>();
  let stopReason: StopReason | undefined;
  let violation: string | undefined;
  let ownFault: { error: unknown } | undefined;

  const killAfter = (delayMs: number) => {
    timers.add(setTimeout(() => worker.kill('SIGKILL'), delayMs));
  };
  const stop = (reason: StopReason) => {
    // The first reason counts, and an answer that is complete is not taken back.
    if (stopReason !== undefined || violation !== undefined || conversation.terminal !== undefined) return;
    stopReason = reason;
    // A worker that does not even send heartbeats cannot handle a polite signal either.
    if (reason === 'worker.unresponsive') return worker.kill('SIGKILL');
    worker.kill('SIGTERM');
    killAfter(limits.cancelGraceMs);
  };
  const readLines = (lines: ReturnType<NdjsonDecoder['push']>) => {
    for (const line of lines) {
      const reading = conversation.read(line);
      if (reading.kind === 'noise') workerLog.noise(reading.text);
      if (reading.kind === 'violation') {
        violation = reading.message;
        worker.kill('SIGKILL');
      }
      if (reading.kind !== 'event') continue;
      watchdog.feed();
      workerLog.event(reading.event);
      // After our stop the job is settled for its readers, whatever the worker still says.
      if (stopReason === undefined) onEvent(reading.event);
      if (conversation.terminal !== undefined) killAfter(limits.cancelGraceMs);
    }
  };
  const abort = () => stop(signal.reason === 'server_shutdown' ? 'server_shutdown' : 'cancelled');

  using watchdog = new SilenceWatchdog(limits.heartbeatTimeoutMs, () => stop('worker.unresponsive'));
  timers.add(setTimeout(() => stop('deadline_exceeded'), limits.jobTimeoutMs));
  const stdout = readStream(worker.stdout, (chunk) => readLines(decoder.push(chunk)));
  const stderr = readStream(worker.stderr, (chunk) => stderrTail.push(chunk));
  const isRead = Promise.all([stdout.done, stderr.done]).catch((error: unknown) => {
    ownFault = { error };
    worker.kill('SIGKILL');
  });
  try {
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    worker.send(request);

    const exit = await worker.exited;
    const drained = new Promise<void>((resolve) => timers.add(setTimeout(resolve, DRAIN_MS)));
    await Promise.race([isRead, drained]);
    readLines(decoder.flush());
    if (ownFault !== undefined) throw ownFault.error;

    const end = classifyWorkerEnd({ stopReason, terminal: conversation.terminal, violation, exit });
    workerLog.end(end, { exit, violation, stderr: stderrTail.toString() });
    return end;
  } finally {
    signal.removeEventListener('abort', abort);
    for (const timer of timers) clearTimeout(timer);
    worker.kill('SIGKILL');
    worker.closeStdin();
    stdout.stop();
    stderr.stop();
  }
}
