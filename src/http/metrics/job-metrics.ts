import { Counter, Histogram, type Registry } from 'prom-client';
import type { Job } from '../../jobs/job.ts';
import type { JobObserver } from '../../jobs/job-observer.ts';
import type { Device, WorkerEvent } from '../../protocol/messages.ts';
import type { WorkerEnd } from '../../worker-process/classify-worker-end.ts';

/** From a stage that only copies to one that denoises on a slow machine. */
const STAGE_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300];
const JOB_BUCKETS = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800];
/** A wait may be as short as the start of a process. */
const WAIT_BUCKETS = [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600];
const MIB = 1024 ** 2;
const MEMORY_BUCKETS = [128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536].map((mib) => mib * MIB);

/** Measures jobs and worker processes. */
export class JobMetrics implements JobObserver {
  readonly #queued: Counter;
  readonly #finished: Counter<'outcome' | 'error_code' | 'engine'>;
  readonly #waits: Histogram;
  readonly #runs: Histogram<'outcome' | 'engine'>;
  readonly #stages: Histogram<'stage' | 'engine'>;
  readonly #leases: Counter<'device'>;
  readonly #workerEnds: Counter<'reason'>;
  readonly #workerPeaks: Histogram;
  readonly #quarantines: Counter<'device'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#queued = new Counter({ name: 'hy3d_jobs_queued_total', help: 'Jobs that were taken on.', registers });
    this.#finished = new Counter({
      name: 'hy3d_jobs_finished_total',
      help: 'Jobs that ended, by outcome (completed, failed, cancelled), error code and engine.',
      labelNames: ['outcome', 'error_code', 'engine'],
      registers,
    });
    this.#waits = new Histogram({
      name: 'hy3d_job_wait_seconds',
      help: 'Time that jobs waited for a device.',
      buckets: WAIT_BUCKETS,
      registers,
    });
    this.#runs = new Histogram({
      name: 'hy3d_job_run_seconds',
      help: 'Time from the device to the end, by outcome and engine.',
      labelNames: ['outcome', 'engine'],
      buckets: JOB_BUCKETS,
      registers,
    });
    this.#stages = new Histogram({
      name: 'hy3d_stage_duration_seconds',
      help: 'Time of the finished stages of jobs, by stage and engine.',
      labelNames: ['stage', 'engine'],
      buckets: STAGE_BUCKETS,
      registers,
    });
    this.#leases = new Counter({
      name: 'hy3d_device_leases_total',
      help: 'Times that a device was given to a job.',
      labelNames: ['device'],
      registers,
    });
    this.#quarantines = new Counter({
      name: 'hy3d_device_quarantines_total',
      help: 'Times that a device was taken out because its workers kept dying.',
      labelNames: ['device'],
      registers,
    });
    this.#workerEnds = new Counter({
      name: 'hy3d_worker_ends_total',
      help: 'Ends of jobs on worker processes, by reason: completed or an error code.',
      labelNames: ['reason'],
      registers,
    });
    this.#workerPeaks = new Histogram({
      name: 'hy3d_worker_peak_memory_bytes',
      help: 'Largest resident memory of workers, at the end of each job that they completed.',
      buckets: MEMORY_BUCKETS,
      registers,
    });
  }

  onQueued(): void {
    this.#queued.inc();
  }

  onStarted(job: Job, device: Device): void {
    this.#leases.inc({ device: deviceLabel(device) });
    this.#waits.observe(secondsBetween(job.createdAt, job.startedAt));
  }

  onWorkerEvent(event: WorkerEvent): void {
    if (event.type === 'result') this.#workerPeaks.observe(event.peakRssBytes);
  }

  onWorkerEnd(end: WorkerEnd): void {
    this.#workerEnds.inc({ reason: end.kind === 'completed' ? 'completed' : end.code });
  }

  onFinished(job: Job): void {
    const outcome = job.error?.code === 'cancelled' ? 'cancelled' : job.state;
    const engine = job.engine?.name ?? 'none';
    this.#finished.inc({ outcome, error_code: job.error?.code ?? '', engine });
    if (job.startedAt !== undefined) {
      this.#runs.observe({ outcome, engine }, secondsBetween(job.startedAt, job.finishedAt));
    }
    for (const [stage, ms] of Object.entries(job.timingsMs)) this.#stages.observe({ stage, engine }, ms / 1000);
  }

  onQuarantine(device: Device): void {
    this.#quarantines.inc({ device: deviceLabel(device) });
  }
}

/** `cuda:0`, `cpu:1`. */
export function deviceLabel(device: Pick<Device, 'kind' | 'index'>): string {
  return `${device.kind}:${device.index}`;
}

/** Never negative: the clock of the machine may be set back meanwhile. */
function secondsBetween(fromMs: number, toMs: number | undefined): number {
  return Math.max(0, (toMs ?? fromMs) - fromMs) / 1000;
}
