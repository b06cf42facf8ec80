/**
 * The worker's side of the event stream: NDJSON on file descriptor 1, written synchronously.
 *
 * stdout belongs to the protocol, so `claimStdout` runs before any library is loaded and turns everything else
 * that JavaScript would print there to stderr. Asynchronous writes followed by `process.exit` lose lines on pipes;
 * `writeSync` does not.
 */
import { Console } from 'node:console';
import { writeSync } from 'node:fs';
import type { WorkerEvent } from '../src/protocol/messages.ts';

const STDOUT = 1;
/** How long to wait when the reader is slow and the pipe is full. */
const FULL_PIPE_WAIT_MS = 2;

export interface EventChannel {
  send(event: WorkerEvent): void;
}

/** Takes stdout for the protocol; `console` and `process.stdout` go to stderr from here on. */
export function claimStdout(): EventChannel {
  Object.assign(globalThis.console, new Console(process.stderr, process.stderr));
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  return { send: (event) => writeLine(JSON.stringify(event)) };
}

function writeLine(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(STDOUT, bytes, offset);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, FULL_PIPE_WAIT_MS);
    }
  }
}
