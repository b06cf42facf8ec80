import type { Log } from '../log.ts';
import { type Device, type JobRequest, PROTOCOL_VERSION, type WorkerEvent } from '../protocol/messages.ts';
import type { GenerateOptions } from '../protocol/options.ts';
import type { ViewName } from '../protocol/views.ts';
import type { WorkerEnd } from '../worker-process/classify-worker-end.ts';
import { verifyResultFiles } from '../worker-process/verify-result-files.ts';
import type { WorkerPool } from '../worker-process/worker-pool.ts';
import type { WorkerSession } from '../worker-process/worker-session.ts';
import type { JobPaths } from './job-folders.ts';

export interface RunJobOptions {
  id: string;
  options: GenerateOptions;
  /** Absolute paths of the stored pictures. */
  views: Partial<Record<ViewName, string>>;
  paths: JobPaths;
  device: Device;
  modelsDir: string;
  maxPixels: number;
  workers: WorkerPool;
  signal: AbortSignal;
  onEvent: (event: WorkerEvent) => void;
  log: Log;
}

/** Runs one job on a device: get a worker, talk to it, check the files that it names. */
export async function runJob(run: RunJobOptions): Promise<WorkerEnd> {
  const { workers, device, paths, log } = run;
  let isStarted = false;
  try {
    return await workers.use(device, paths, log, (worker, keep) => {
      isStarted = true;
      return runOnWorker(worker, keep, run);
    });
  } catch (error) {
    if (isStarted) throw error;
    log.error({ err: error }, 'the worker process could not be started');
    return {
      kind: 'failed',
      code: 'worker.not_started',
      message: 'The worker process could not be started; see the log.',
    };
  }
}

async function runOnWorker(worker: WorkerSession, keep: boolean, run: RunJobOptions): Promise<WorkerEnd> {
  const { id, options, views, paths, device, modelsDir, maxPixels, log } = run;
  const request: JobRequest = {
    type: 'job',
    protocol: PROTOCOL_VERSION,
    jobId: id,
    views,
    options,
    outputDir: paths.output,
    modelsDir,
    device,
    limits: { maxPixels },
    ...(keep && { keep }),
  };
  const end = await worker.run(request, run);
  if (end.kind === 'failed') return end;

  const wrong = await verifyResultFiles(end.result.files, paths.output);
  if (wrong === undefined) return end;
  log.error({ wrong }, 'the result names files that cannot be served');
  const message = 'The worker process named result files that are not there; see the log.';
  return { kind: 'failed', code: 'worker.protocol_violation', message };
}
