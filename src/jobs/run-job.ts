import type { Log } from '../log.ts';
import { type Device, type JobRequest, PROTOCOL_VERSION, type WorkerEvent } from '../protocol/messages.ts';
import type { GenerateOptions } from '../protocol/options.ts';
import type { ViewName } from '../protocol/views.ts';
import type { WorkerEnd } from '../worker-process/classify-worker-end.ts';
import { runWorker, type WorkerLimits } from '../worker-process/run-worker.ts';
import type { SpawnWorker, WorkerProcess } from '../worker-process/spawn-worker.ts';
import { verifyResultFiles } from '../worker-process/verify-result-files.ts';
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
  limits: WorkerLimits;
  spawnWorker: SpawnWorker;
  signal: AbortSignal;
  onEvent: (event: WorkerEvent) => void;
  log: Log;
}

/** Runs one job on a device: start a worker, talk to it, check the files that it names. */
export async function runJob(run: RunJobOptions): Promise<WorkerEnd> {
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
  };
  let worker: WorkerProcess;
  try {
    worker = run.spawnWorker(device, paths.root, paths.temp);
  } catch (error) {
    log.error({ err: error }, 'the worker process could not be started');
    return {
      kind: 'failed',
      code: 'worker.not_started',
      message: 'The worker process could not be started; see the log.',
    };
  }
  log.info({ pid: worker.pid, device }, 'worker started');
  const end = await runWorker(worker, request, run);
  if (end.kind === 'failed') return end;

  const wrong = await verifyResultFiles(end.result.files, paths.output);
  if (wrong === undefined) return end;
  log.error({ wrong }, 'the result names files that cannot be served');
  const message = 'The worker process named result files that are not there; see the log.';
  return { kind: 'failed', code: 'worker.protocol_violation', message };
}
