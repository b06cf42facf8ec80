/**
 * Entry of a worker process: one job request on stdin, events on stdout, then exit.
 *
 * The pipeline runs in a thread of this process because inference blocks its thread for seconds; this thread stays
 * free for heartbeats and for noticing that the server is gone. Cancelling means ending the process.
 */
import { errorCodeOf, errorMessageOf, JOB_ERROR_CODES, type JobErrorCode } from '../src/errors.ts';
import { JobRequestSchema, PROTOCOL_VERSION, type WorkerEvent } from '../src/protocol/messages.ts';
import { VERSION } from '../src/version.ts';
import { claimStdout } from './stdout-channel.ts';

const HEARTBEAT_MS = 1000;
/** Exit status of a worker whose server closed the pipe; nobody is left to read a message. */
const EXIT_ABANDONED = 3;

const channel = claimStdout();

channel.send({
  type: 'hello',
  protocol: PROTOCOL_VERSION,
  version: VERSION,
  pid: process.pid,
  visibleDevices: process.env.CUDA_VISIBLE_DEVICES ?? '',
});

let started = false;
for await (const line of linesOf(Bun.stdin.stream())) {
  if (started) continue;
  started = true;
  start(line);
}
process.exit(EXIT_ABANDONED);

function start(line: string): void {
  let request: ReturnType<typeof JobRequestSchema.parse>;
  try {
    request = JobRequestSchema.parse(JSON.parse(line));
  } catch (error) {
    fail('internal', `the job request is not valid: ${errorMessageOf(error)}`);
  }
  setInterval(() => channel.send({ type: 'heartbeat', rssBytes: process.memoryUsage.rss() }), HEARTBEAT_MS);

  const thread = new Worker(new URL('./pipeline-thread.ts', import.meta.url).href);
  thread.onmessage = ({ data }: MessageEvent<WorkerEvent>) => {
    if (data.type === 'result') {
      channel.send({ ...data, peakRssBytes: process.resourceUsage().maxRSS * 1024 });
      process.exit(0);
    }
    channel.send(data);
    if (data.type === 'error') process.exit(1);
  };
  thread.onerror = (event) => fail(jobCodeOf(event.error), event.message);
  thread.postMessage(request);
}

function fail(code: JobErrorCode, message: string): never {
  channel.send({ type: 'error', code, message });
  process.exit(1);
}

function jobCodeOf(error: unknown): JobErrorCode {
  const code = errorCodeOf(error);
  return JOB_ERROR_CODES.find((known) => known === code) ?? 'internal';
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
