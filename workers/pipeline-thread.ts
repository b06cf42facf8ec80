/** The thread of the worker process that runs the pipeline; posts events to the main thread. */
import { AppError, errorMessageOf, JOB_ERROR_CODES } from '../src/errors.ts';
import type { JobRequest, WorkerEvent } from '../src/protocol/messages.ts';
import { runPipeline } from './pipeline.ts';

declare const self: Worker;

const emit = (event: WorkerEvent): void => self.postMessage(event);

self.onmessage = async ({ data }: MessageEvent<JobRequest>) => {
  try {
    await runPipeline(data, emit);
  } catch (error) {
    emit(errorEvent(error));
  }
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
