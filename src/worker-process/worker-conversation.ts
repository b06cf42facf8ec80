import {
  PROTOCOL_VERSION,
  type WorkerErrorEvent,
  type WorkerEvent,
  WorkerEventSchema,
  type WorkerResult,
} from '../protocol/messages.ts';
import type { DecodedLine } from '../protocol/ndjson.ts';

/** What a line of a worker means at this point of the conversation. */
export type Reading =
  | { kind: 'event'; event: WorkerEvent }
  /** `message` tells what was expected and what came, for the log. */
  | { kind: 'violation'; message: string }
  | { kind: 'noise'; text: string }
  /** A line after the conversation was over. */
  | { kind: 'late' };

/**
 * Follows the rules of one worker's stdout: `hello` with our version first, then for each job any events and one
 * terminal line. Pure. After a violation everything is late. A message after the terminal line is late too, unless
 * it is a second terminal line: then nobody can tell which one is true; or `ready`, which opens the next job.
 */
export class WorkerConversation {
  #state: 'opening' | 'talking' | 'ended' | 'broken' = 'opening';
  #terminal: WorkerResult | WorkerErrorEvent | undefined;

  /** The first terminal line of the job. */
  get terminal(): WorkerResult | WorkerErrorEvent | undefined {
    return this.#terminal;
  }

  read(line: DecodedLine): Reading {
    if (line.kind === 'noise') return { kind: 'noise', text: line.text };
    if (this.#state === 'broken') return { kind: 'late' };
    if (line.kind === 'overlong') return this.#break(`a message of ${line.sizeBytes} bytes, which is over the limit`);

    const parsed = WorkerEventSchema.safeParse(line.value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return this.#break(`a message of the wrong form: ${issue?.path.join('.') || 'type'}: ${issue?.message}`);
    }
    const event = parsed.data;
    switch (this.#state) {
      case 'opening':
        if (event.type !== 'hello') return this.#break(`"${event.type}" where hello was expected first`);
        if (event.protocol !== PROTOCOL_VERSION) {
          return this.#break(`protocol ${event.protocol} where ${PROTOCOL_VERSION} was expected`);
        }
        this.#state = 'talking';
        return { kind: 'event', event };
      case 'talking':
        if (event.type === 'hello') return this.#break('a second hello');
        if (event.type === 'result' || event.type === 'error') {
          this.#terminal = event;
          this.#state = 'ended';
        }
        return { kind: 'event', event };
      case 'ended':
        if (event.type === 'result' || event.type === 'error')
          return this.#break(`a second terminal line, "${event.type}"`);
        if (event.type !== 'ready') return { kind: 'late' };
        this.#state = 'talking';
        this.#terminal = undefined;
        return { kind: 'event', event };
    }
  }

  #break(message: string): Reading {
    this.#state = 'broken';
    return { kind: 'violation', message };
  }
}
