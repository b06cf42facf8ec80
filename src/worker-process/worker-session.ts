import type { Log } from '../log.ts';
import {
  type JobRequest,
  PROTOCOL_VERSION,
  type PrepareRequest,
  type WorkerErrorEvent,
  type WorkerEvent,
  type WorkerResult,
} from '../protocol/messages.ts';
import { type DecodedLine, NdjsonDecoder } from '../protocol/ndjson.ts';
import { classifyWorkerEnd, type StopReason, type WorkerEnd } from './classify-worker-end.ts';
import { readStream, type StreamReading } from './read-stream.ts';
import { SilenceWatchdog } from './silence-watchdog.ts';
import type { ProcessExit, WorkerProcess } from './spawn-worker.ts';
import { TextTail } from './text-tail.ts';
import { WorkerConversation } from './worker-conversation.ts';
import { WorkerLog } from './worker-log.ts';

export interface WorkerLimits {
  /** From sending a job to its terminal line. */
  jobTimeoutMs: number;
  /** Longest silence. */
  heartbeatTimeoutMs: number;
  /** From SIGTERM to SIGKILL, and from the terminal line to SIGKILL. */
  cancelGraceMs: number;
}

export interface RunOptions {
  /** Called for each event of the job, in order, the terminal line included. */
  onEvent: (event: WorkerEvent) => void;
  /** Ends the worker; its reason is the stop reason. */
  signal: AbortSignal;
  log: Log;
}

interface RunningJob {
  onEvent: (event: WorkerEvent) => void;
  log: WorkerLog;
  terminal?: WorkerResult | WorkerErrorEvent;
  end: PromiseWithResolvers<WorkerEnd>;
}

const STDERR_TAIL_CHARS = 8000;
/** How long pipes are read after the exit: something that the worker started may hold them open for ever. */
const DRAIN_MS = 1000;
/** Events that a worker may send while it has no job. */
const IDLE_EVENTS: ReadonlySet<WorkerEvent['type']> = new Set(['hello', 'ready', 'heartbeat', 'log']);
const STILL_RUNNING: ProcessExit = { exitCode: null, signal: null };

/**
 * Talks to one worker process from its start to its end, and runs jobs on it, one after the other. Whatever is wrong
 * with it ends the process: a stopped job, a broken protocol, silence. Needs no dispose: it is over when the process is.
 */
export class WorkerSession {
  readonly pid: number;
  /** Resolves when the process is gone and its pipes are closed; never rejects. */
  readonly gone: Promise<void>;

  readonly #process: WorkerProcess;
  readonly #limits: WorkerLimits;
  readonly #idleLog: WorkerLog;
  readonly #conversation = new WorkerConversation();
  readonly #decoder = new NdjsonDecoder();
  readonly #watchdog: SilenceWatchdog;
  readonly #timers = new Set<Timer>();
  #stderrTail = new TextTail(STDERR_TAIL_CHARS);
  #job: RunningJob | undefined;
  #jobsTaken = 0;
  #rssBytes = 0;
  #peakRssBytes = 0;
  /** Whether the worker has said anything of its last job. */
  #hasBegun = false;
  #isEnding = false;
  #isGone = false;
  #stopReason: StopReason | undefined;
  #violation: string | undefined;
  #ownFault: { error: unknown } | undefined;

  /** @param log for what it says while it has no job */
  constructor(process: WorkerProcess, limits: WorkerLimits, log: Log) {
    this.pid = process.pid;
    this.#process = process;
    this.#limits = limits;
    this.#idleLog = new WorkerLog(log);
    this.#watchdog = new SilenceWatchdog(limits.heartbeatTimeoutMs, () => this.#stop('worker.unresponsive'));
    const stdout = readStream(process.stdout, (chunk) => this.#read(this.#decoder.push(chunk)));
    const stderr = readStream(process.stderr, (chunk) => this.#stderrTail.push(chunk));
    this.gone = this.#follow(stdout, stderr);
  }

  /** Jobs that it got, the running one included. */
  get jobsTaken(): number {
    return this.#jobsTaken;
  }

  /** The resident set that it reported last; 0 before the first time. */
  get rssBytes(): number {
    return this.#rssBytes;
  }

  /** The largest resident set that it reported. */
  get peakRssBytes(): number {
    return this.#peakRssBytes;
  }

  /** Whether it can take a job now. */
  get isIdle(): boolean {
    return this.#job === undefined && !this.#isEnding;
  }

  /** Whether it died by itself before it began with the last job that it got, which another worker can then take. */
  get diedBeforeJob(): boolean {
    const isOurDoing = this.#stopReason !== undefined || this.#violation !== undefined || this.#ownFault !== undefined;
    return this.#isGone && !this.#hasBegun && !isOurDoing;
  }

  /** Lets the worker load the program, and networks where they are named; a job may be sent at once. */
  prepare(networks?: PrepareRequest['networks']): void {
    this.#process.send({ type: 'prepare', protocol: PROTOCOL_VERSION, ...(networks && { networks }) });
  }

  /**
   * Runs one job and returns how it ended: when the process is gone and its pipes are closed, or, where the request
   * keeps the worker, when that is ready for the next one. Never rejects for anything that a worker does; what
   * `onEvent` throws is thrown when the process is gone.
   */
  async run(request: JobRequest, { onEvent, signal, log }: RunOptions): Promise<WorkerEnd> {
    if (!this.isIdle) throw new Error(`worker ${this.pid} cannot take a job`);
    const job: RunningJob = { onEvent, log: new WorkerLog(log), end: Promise.withResolvers() };
    const abort = () => this.#stop(signal.reason === 'server_shutdown' ? 'server_shutdown' : 'cancelled');
    this.#job = job;
    this.#jobsTaken += 1;
    this.#hasBegun = false;
    this.#timers.add(setTimeout(() => this.#stop('deadline_exceeded'), this.#limits.jobTimeoutMs));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    this.#process.send(request);
    try {
      return await job.end.promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Lets an idle worker end, or a broken one be gone; forced after a grace. */
  end(): Promise<void> {
    if (!this.#isGone) {
      this.#isEnding = true;
      this.#process.closeStdin();
      this.#killAfter(this.#limits.cancelGraceMs);
    }
    return this.gone;
  }

  #killAfter(delayMs: number): void {
    this.#timers.add(setTimeout(() => this.#kill(), delayMs));
  }

  #kill(): void {
    this.#isEnding = true;
    this.#process.kill('SIGKILL');
  }

  #stop(reason: StopReason): void {
    // The first reason counts, and an answer that is complete is not taken back.
    if (this.#stopReason !== undefined || this.#violation !== undefined || this.#job?.terminal !== undefined) return;
    this.#stopReason = reason;
    this.#isEnding = true;
    // A worker that does not even send heartbeats cannot handle a polite signal either.
    this.#process.kill(reason === 'worker.unresponsive' ? 'SIGKILL' : 'SIGTERM');
    this.#killAfter(this.#limits.cancelGraceMs);
  }

  #read(lines: readonly DecodedLine[]): void {
    for (const line of lines) {
      const reading = this.#conversation.read(line);
      if (reading.kind === 'noise') this.#currentLog.noise(reading.text);
      if (reading.kind === 'violation') this.#break(reading.message);
      if (reading.kind === 'event') this.#hear(reading.event);
    }
  }

  #hear(event: WorkerEvent): void {
    this.#watchdog.feed();
    this.#currentLog.event(event);
    if ('rssBytes' in event) {
      this.#rssBytes = event.rssBytes;
      this.#peakRssBytes = Math.max(this.#peakRssBytes, event.rssBytes);
    }
    if (this.#job !== undefined) this.#hearInJob(this.#job, event);
    else if (!IDLE_EVENTS.has(event.type)) this.#break(`"${event.type}" without a job`);
  }

  #hearInJob(job: RunningJob, event: WorkerEvent): void {
    this.#hasBegun ||= !IDLE_EVENTS.has(event.type);
    if (event.type === 'ready') {
      // Before the terminal line it belongs to the preparation that the job did not wait for.
      if (job.terminal !== undefined) this.#settle(job, STILL_RUNNING);
      return;
    }
    // After our stop the job is settled for its readers, whatever the worker still says.
    if (this.#stopReason === undefined) job.onEvent(event);
    if (event.type !== 'result' && event.type !== 'error') return;
    job.terminal = event;
    this.#killAfter(this.#limits.cancelGraceMs);
  }

  #break(violation: string): void {
    this.#violation = violation;
    this.#kill();
  }

  /** Ends the job: the process is gone, or the worker is ready for the next one. */
  #settle(job: RunningJob, exit: ProcessExit): void {
    this.#clearTimers();
    this.#job = undefined;
    if (this.#ownFault !== undefined) {
      job.end.reject(this.#ownFault.error);
      return;
    }
    const end = classifyWorkerEnd({
      stopReason: this.#stopReason,
      terminal: job.terminal,
      violation: this.#violation,
      exit,
    });
    job.log.end(end, { exit, violation: this.#violation, stderr: this.#stderrTail.toString() });
    this.#stderrTail = new TextTail(STDERR_TAIL_CHARS);
    job.end.resolve(end);
  }

  async #follow(stdout: StreamReading, stderr: StreamReading): Promise<void> {
    const isRead = Promise.all([stdout.done, stderr.done]).catch((error: unknown) => {
      this.#ownFault = { error };
      this.#kill();
    });
    const exit = await this.#process.exited;
    this.#isEnding = true;
    const drained = new Promise<void>((resolve) => this.#timers.add(setTimeout(resolve, DRAIN_MS)));
    await Promise.race([isRead, drained]);
    try {
      this.#read(this.#decoder.flush());
    } catch (error) {
      this.#ownFault = { error };
    }
    if (this.#job !== undefined) this.#settle(this.#job, exit);
    else this.#idleLog.idleEnd({ exit, violation: this.#violation, stderr: this.#stderrTail.toString() });
    this.#isGone = true;
    this.#clearTimers();
    this.#watchdog[Symbol.dispose]();
    this.#process.closeStdin();
    stdout.stop();
    stderr.stop();
  }

  get #currentLog(): WorkerLog {
    return this.#job?.log ?? this.#idleLog;
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
