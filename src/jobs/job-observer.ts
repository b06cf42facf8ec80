import type { Device, WorkerEvent } from '../protocol/messages.ts';
import type { WorkerEnd } from '../worker-process/classify-worker-end.ts';
import type { Job } from './job.ts';

/** Is told what happens to jobs, their workers and devices, to measure it; must not throw. */
export interface JobObserver {
  onQueued(job: Job): void;
  /** The job has a device. */
  onStarted(job: Job, device: Device): void;
  onWorkerEvent(event: WorkerEvent): void;
  /** The worker is done with its job, or could not be started; the device is still taken. */
  onWorkerEnd(end: WorkerEnd): void;
  /** The job completed or failed, whether it ever ran or not. */
  onFinished(job: Job): void;
  /** The device is taken out for a while, since its workers keep dying. */
  onQuarantine(device: Device): void;
}
