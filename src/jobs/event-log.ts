import { isTerminal } from './job.ts';
import type { JobEvent, JobSnapshot } from './job-service.ts';

/** Events that one job keeps for replay; state, stage and warning events alone stay well below it. */
const DEFAULT_MAX_EVENTS = 128;

/**
 * The events of one job: bounded, replayed to readers, then followed by them. A reader has no buffer of its own,
 * only the id of the last event that it took: one that is too slow misses what the log has dropped meanwhile.
 * Progress events are dropped first, oldest first; state events never.
 */
export class EventLog {
  readonly #maxEvents: number;
  #events: JobEvent[] = [];
  #lastId = 0;
  #isClosed = false;
  #readers = 0;
  /** Called at each event; only readers that have caught up are in it. */
  readonly #wakeReaders = new Set<() => void>();

  constructor(maxEvents: number = DEFAULT_MAX_EVENTS) {
    this.#maxEvents = maxEvents;
  }

  /** Adds an event; one with a terminal state closes the log, and what comes later is ignored. */
  append(type: JobEvent['type'], job: JobSnapshot): void {
    if (this.#isClosed) return;
    this.#lastId += 1;
    this.#events.push({ id: this.#lastId, type, job });
    this.#isClosed = isTerminal(job);
    this.#dropSurplus();
    for (const wake of this.#wakeReaders) wake();
  }

  /**
   * The kept events after `afterEventId`, then new ones as they come; ends after the terminal event or when
   * `signal` aborts. An id that was never given out counts as the last one.
   */
  async *read(afterEventId: number, signal: AbortSignal): AsyncGenerator<JobEvent, void, undefined> {
    let cursor = Math.min(afterEventId, this.#lastId);
    this.#readers += 1;
    try {
      while (!signal.aborted) {
        const next = this.#events.find((event) => event.id > cursor);
        if (next !== undefined) {
          cursor = next.id;
          yield next;
        } else if (this.#isClosed) {
          return;
        } else {
          await this.#nextAppend(signal);
        }
      }
    } finally {
      this.#readers -= 1;
    }
  }

  /** Readers that have begun and not ended. */
  get readers(): number {
    return this.#readers;
  }

  /**
   * Adds a queued job's new place, unless it is the one that was told last. It replaces the place before, or a
   * long queue would fill the logs of all its jobs.
   */
  appendMove(job: JobSnapshot): void {
    const last = this.#events.at(-1);
    if (last?.job.queuePosition === job.queuePosition) return;
    if (last?.type === 'progress') this.#events.pop();
    this.append('progress', job);
  }

  #dropSurplus(): void {
    if (this.#events.length <= this.#maxEvents) return;
    let surplus = this.#events.findIndex((event) => event.type === 'progress');
    if (surplus === -1) surplus = this.#events.findIndex((event) => event.type !== 'state');
    if (surplus !== -1) this.#events.splice(surplus, 1);
  }

  #nextAppend(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakeReaders.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wakeReaders.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
