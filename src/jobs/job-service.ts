import type { JobErrorCode } from '../errors.ts';
import type { Device, ResultFiles, ViewUse } from '../protocol/messages.ts';
import type { GenerateOptions } from '../protocol/options.ts';
import type { Stage } from '../protocol/stages.ts';
import type { ViewName } from '../protocol/views.ts';
import type { WorkerState } from '../worker-process/worker-pool.ts';

/** The four states of the contract. `completed` and `failed` are terminal and absorb every later transition. */
export type JobState = 'queued' | 'processing' | 'completed' | 'failed';

/** A picture as it was uploaded; the server only looked at its first bytes. */
export interface UploadedImage {
  bytes: Uint8Array;
  /** From the magic bytes; also the ending of the stored file. */
  format: 'png' | 'jpeg' | 'webp' | 'avif' | 'tiff' | 'gif';
}

export interface JobInput {
  images: { front: UploadedImage } & Partial<Record<ViewName, UploadedImage>>;
  options: GenerateOptions;
  /** Who asked for it; jobs of different owners must not learn of each other. */
  owner?: string;
  /** Id of the request that brought it, for the log. */
  requestId?: string;
}

/** A copy of what is known of a job; times are in milliseconds since 1970. */
export interface JobSnapshot {
  id: string;
  state: JobState;
  /** Percent, 0 to 100, never falls; 100 only when completed. */
  progress: number;
  stage?: Stage;
  /** Percent of the stage, 0 to 100. */
  stageProgress?: number;
  /** 1 is next; only while queued. */
  queuePosition?: number;
  /** Seconds until the end as this machine's own stage times tell; absent before the first measurement and at the end. */
  etaSeconds?: number;
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  timingsMs: Partial<Record<Stage, number>>;
  engine?: { name: string; reason: string; licence: string };
  device?: Device;
  warnings: string[];
  views: Partial<Record<ViewName, ViewUse>>;
  options: GenerateOptions;
  /** As in the input; not for clients. */
  owner?: string;
  /** Once completed. */
  files?: ResultFiles;
  /** The headline numbers of the report, once completed. */
  summary?: { faces: number; vertices: number; watertight: boolean };
  /** Once failed. `message` is a sentence for people. */
  error?: { code: JobErrorCode; message: string };
}

/** One entry of a job's event log. `id` counts up from 1 within the job. */
export interface JobEvent {
  id: number;
  type: 'state' | 'stage' | 'progress' | 'warning';
  job: JobSnapshot;
}

/** What the HTTP layer knows of jobs. */
export interface JobService {
  /**
   * Stores the pictures and queues the job.
   * @throws {AppError} `queue.full` (details.retryAfterSeconds), `server.draining`, `server.no_device`.
   */
  create(input: JobInput): Promise<JobSnapshot>;
  get(id: string): JobSnapshot | undefined;
  /** Newest first. */
  list(): JobSnapshot[];
  /**
   * Lets the time for which a finished job is kept begin again.
   * @returns whether there is such a job.
   */
  renew(id: string): boolean;
  /**
   * Ends a queued or running job; a finished one is left as it is and its snapshot returned.
   * Resolves when the process is gone and the slot is free.
   * @returns undefined for an unknown id.
   */
  cancel(id: string): Promise<JobSnapshot | undefined>;
  /**
   * Replays the kept events after `afterEventId` (0 for all), then follows the job; ends after the terminal event
   * or when `signal` aborts. A reader that is too slow loses progress events, never state events.
   */
  subscribe(id: string, afterEventId: number, signal: AbortSignal): AsyncIterable<JobEvent>;
  /** Absolute path of a finished job's file, or undefined for anything that is not one of its result files. */
  resolveFile(id: string, name: string): string | undefined;
  /** For health, metrics and doctor. */
  stats(): {
    queued: number;
    /** Jobs that may wait. */
    queueLimit: number;
    processing: number;
    devices: Array<Device & { state: 'idle' | 'busy' | 'quarantined' }>;
    draining: boolean;
    workers: WorkerState[];
  };
  /** Refuses new jobs, lets running ones finish within `graceMs`, then fails them with `server_shutdown`. */
  shutdown(graceMs: number): Promise<void>;
}
