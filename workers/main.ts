/**
 * Entry of a worker process: requests on stdin, one after the other, events on stdout; it ends after a job that does
 * not ask to keep it, after an error, and when stdin closes.
 *
 * The pipeline runs in a thread of this process because inference blocks its thread for seconds; this thread stays
 * free for heartbeats and for noticing that the server is gone. Cancelling means ending the process.
 */
import { errorCodeOf, errorMessageOf, JOB_ERROR_CODES, type JobErrorCode } from '../src/errors.ts';
import {
  type JobRequest,
  PROTOCOL_VERSION,
  type WorkerEvent,
  type WorkerRequest,
  WorkerRequestSchema,
} from '../src/protocol/messages.ts';
import { VERSION } from '../src/version.ts';
import { claimStdout } from './stdout-channel.ts';

const HEARTBEAT_MS = 1000;
/** Exit status of a worker whose server closed the pipe while it had a job; nobody is left to read a message. */
const EXIT_ABANDONED = 3;

const channel = claimStdout();
/** Loads the pipeline when it starts, and keeps it loaded. */
let thread: Worker | undefined;
/** The job that has not ended. */
let job: JobRequest | undefined;

channel.send({
  type: 'hello',
  protocol: PROTOCOL_VERSION,
  version: VERSION,
  pid: process.pid,
  visibleDevices: process.env.CUDA_VISIBLE_DEVICES ?? '',
});
for await (const line of linesOf(Bun.stdin.stream())) take(line);
process.exit(job === undefined ? 0 : EXIT_ABANDONED);

function take(line: string): void {
  let request: WorkerRequest;
  try {
    request = WorkerRequestSchema.parse(JSON.parse(line));
  } catch (error) {
    fail('internal', `the job request is not valid: ${errorMessageOf(error)}`);
  }
  if (request.type === 'job') {
    if (job !== undefined) fail('internal', `job ${request.jobId} was sent before job ${job.jobId} had ended`);
    job = request;
  }
  thread ??= startThread();
  thread.postMessage(request);
}

function startThread(): Worker {
  setInterval(() => channel.send({ type: 'heartbeat', rssBytes: process.memoryUsage.rss() }), HEARTBEAT_MS);
  const pipeline = new Worker(new URL('./pipeline-thread.ts', import.meta.url).href);
  pipeline.onmessage = ({ data }: MessageEvent<WorkerEvent>) => {
    if (data.type !== 'result') {
      channel.send(data);
      if (data.type === 'error') process.exit(1);
      return;
    }
    channel.send({ ...data, peakRssBytes: process.resourceUsage().maxRSS * 1024 });
    if (job?.keep !== true) process.exit(0);
    job = undefined;
  };
  pipeline.onerror = (event) => fail(jobCodeOf(event.error), event.message);
  return pipeline;
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
