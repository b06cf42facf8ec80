/** The thread of the worker process that runs the pipeline; posts events to the main thread. */
import { AppError, errorMessageOf, JOB_ERROR_CODES } from '../src/errors.ts';
import type { JobRequest, PrepareRequest, WorkerEvent, WorkerRequest } from '../src/protocol/messages.ts';
import { loadAhead } from './load-ahead.ts';
import { runPipeline } from './pipeline.ts';

declare const self: Worker;

const emit = (event: WorkerEvent): void => self.postMessage(event);

let loading = new AbortController();
let last = Promise.resolve();

// A job may come while networks are being loaded for it: it waits for the one that is being loaded, not for all.
self.onmessage = ({ data }: MessageEvent<WorkerRequest>) => {
  loading.abort();
  if (data.type === 'prepare') loading = new AbortController();
  const { signal } = loading;
  last = last.then(() => (data.type === 'job' ? runJob(data) : prepare(data, signal)));
};

async function runJob(request: JobRequest): Promise<void> {
  try {
    await runPipeline(request, emit);
  } catch (error) {
    emit(errorEvent(error));
    return;
  }
  if (request.keep !== true) return;
  // What the job has left is collected now, not while the next one is running.
  Bun.gc(true);
  emitReady();
}

/** The program is loaded by the imports above. */
async function prepare({ networks }: PrepareRequest, signal: AbortSignal): Promise<void> {
  if (networks !== undefined) await loadAhead(networks, signal, emit);
  emitReady();
}

function emitReady(): void {
  emit({ type: 'ready', rssBytes: process.memoryUsage.rss() });
}

function errorEvent(error: unknown): WorkerEvent {
  if (error instanceof AppError) {
    const code = JOB_ERROR_CODES.find((known) => known === error.code);
    if (code !== undefined) {
      return { type: 'error', code, message: error.message, ...(error.details && { details: error.details }) };
    }
  }
  console.error(error);
  return { type: 'error', code: 'internal', message: `the pipeline failed unexpectedly: ${errorMessageOf(error)}` };
}
