/** The thread of the worker process that runs the pipeline; posts events to the main thread. */
import { AppError, errorMessageOf, JOB_ERROR_CODES } from '../src/errors.ts';
import type { WorkerEvent, WorkerRequest } from '../src/protocol/messages.ts';
import { runPipeline } from './pipeline.ts';

declare const self: Worker;

const emit = (event: WorkerEvent): void => self.postMessage(event);

self.onmessage = async ({ data }: MessageEvent<WorkerRequest>) => {
  if (data.type === 'job') {
    try {
      await runPipeline(data, emit);
    } catch (error) {
      emit(errorEvent(error));
      return;
    }
    if (data.keep !== true) return;
    // What the job has left is collected now, not while the next one is running.
    Bun.gc(true);
  }
  // The imports above are all that there is to prepare.
  emit({ type: 'ready', rssBytes: process.memoryUsage.rss() });
};

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
