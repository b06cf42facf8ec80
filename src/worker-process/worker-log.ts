import type { Log } from '../log.ts';
import type { WorkerEvent } from '../protocol/messages.ts';
import type { WorkerEnd } from './classify-worker-end.ts';
import type { ProcessExit } from './spawn-worker.ts';

/** Lines that one worker can put into the server's log. */
const MAX_LINES = 200;
const MAX_LINE_CHARS = 1000;

/** What of an end is kept from the client. */
export interface EndDetails {
  exit: ProcessExit;
  violation: string | undefined;
  /** The last lines of it. */
  stderr: string;
}

/** Writes what a worker says to the server's log, in bounded amount. */
export class WorkerLog {
  readonly #log: Log;
  #lines = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** A line of stdout that is no message, as native libraries print them. */
  noise(text: string): void {
    this.#write('debug', { noise: text }, 'the worker printed a line that is not a message');
  }

  event(event: WorkerEvent): void {
    if (event.type === 'hello') this.#write('debug', { pid: event.pid, visibleDevices: event.visibleDevices }, 'hello');
    if (event.type === 'stage') {
      this.#write('debug', { stage: event.stage, elapsedMs: event.elapsedMs }, `stage ${event.state}`);
    }
    if (event.type === 'log') this.#write(event.level, {}, event.message.slice(0, MAX_LINE_CHARS));
  }

  /** The end of a job. */
  end(end: WorkerEnd, details: EndDetails): void {
    const unread = Math.max(0, this.#lines - MAX_LINES);
    const fields = { ...details.exit, ...(unread > 0 && { unloggedLines: unread }) };
    if (end.kind === 'completed') {
      this.#log.debug({ ...fields, peakRssBytes: end.result.peakRssBytes }, 'the worker ended with a result');
      return;
    }
    const { violation, stderr } = details;
    this.#log.warn({ ...fields, errorCode: end.code, violation, stderr }, `the worker ended: ${end.message}`);
  }

  /** The end of a worker that had no job. */
  idleEnd({ exit, violation, stderr }: EndDetails): void {
    if (exit.exitCode === 0) this.#log.debug({ ...exit }, 'the waiting worker ended');
    else this.#log.warn({ ...exit, violation, stderr }, 'the waiting worker ended unexpectedly');
  }

  #write(level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void {
    this.#lines += 1;
    if (this.#lines <= MAX_LINES) this.#log[level](fields, message);
  }
}
