import type { JobErrorCode } from '../errors.ts';
import type { Device, WorkerEvent, WorkerResult } from '../protocol/messages.ts';
import type { GenerateOptions } from '../protocol/options.ts';
import { STAGES, type Stage } from '../protocol/stages.ts';
import type { JobEvent, JobSnapshot } from './job-service.ts';

/**
 * What is known of a job, without what depends on the moment of asking. Never mutated: a change makes a new one.
 * Times are in milliseconds since 1970.
 */
export type Job = Readonly<Omit<JobSnapshot, 'queuePosition' | 'etaSeconds'>> & {
  readonly stageRun?: { readonly startedAt: number; readonly isFinished: boolean };
};

export type JobChange =
  | { type: 'started'; device: Device }
  | { type: 'worker_event'; event: WorkerEvent }
  | { type: 'completed'; result: WorkerResult }
  | { type: 'failed'; code: JobErrorCode; message: string };

/** The job after a change and the kind of event that it makes; no event means that nothing changed. */
export interface JobStep {
  job: Job;
  event?: JobEvent['type'];
}

const MAX_WARNINGS = 50;
const MAX_WARNING_CHARS = 500;
/** A running job never shows 100. */
const MAX_RUNNING_PROGRESS = 99;
/** Smaller steps of either fraction make no event: a worker that reports too often cannot flood readers. */
const MIN_PROGRESS_STEP = 0.1;
const MIN_STAGE_PROGRESS_STEP = 1;

export function createJob(id: string, options: GenerateOptions, createdAt: number): Job {
  return { id, state: 'queued', progress: 0, createdAt, timingsMs: {}, warnings: [], views: {}, options };
}

export function isTerminal(job: Pick<Job, 'state'>): boolean {
  return job.state === 'completed' || job.state === 'failed';
}

/**
 * The state machine: queued -> processing -> completed | failed, and queued -> failed. Pure. Terminal states
 * absorb every change, and a change that does not fit the state is without effect. Stages only go forward and
 * progress never falls, so the number of events is bounded whatever a worker sends.
 */
export function applyJobChange(job: Job, change: JobChange, now: number): JobStep {
  if (isTerminal(job)) return { job };
  switch (change.type) {
    case 'started':
      if (job.state !== 'queued') return { job };
      return { job: { ...job, state: 'processing', startedAt: now, device: change.device }, event: 'state' };
    case 'worker_event':
      return job.state === 'processing' ? applyWorkerEvent(job, change.event, now) : { job };
    case 'completed':
      return job.state === 'processing' ? { job: complete(job, change.result, now), event: 'state' } : { job };
    case 'failed': {
      const { code, message } = change;
      return { job: { ...job, state: 'failed', finishedAt: now, error: { code, message } }, event: 'state' };
    }
  }
}

function complete(job: Job, result: WorkerResult, now: number): Job {
  const { stage: _stage, stageProgress: _progress, stageRun: _run, ...rest } = job;
  return {
    ...rest,
    state: 'completed',
    progress: 100,
    finishedAt: now,
    timingsMs: { ...job.timingsMs, ...result.timingsMs },
    views: result.views,
    files: result.files,
    summary: result.summary,
  };
}

function applyWorkerEvent(job: Job, event: WorkerEvent, now: number): JobStep {
  switch (event.type) {
    case 'engine': {
      if (job.engine !== undefined) return { job };
      const { name, reason, licence } = event;
      return { job: { ...job, engine: { name, reason, licence } }, event: 'progress' };
    }
    case 'stage':
      return event.state === 'started'
        ? startStage(job, event.stage, now)
        : finishStage(job, event.stage, event.elapsedMs);
    case 'progress':
      return advance(job, event.stage, event.stageProgress * 100, event.progress);
    case 'warning': {
      const message = event.message.slice(0, MAX_WARNING_CHARS);
      if (job.warnings.length >= MAX_WARNINGS || job.warnings.includes(message)) return { job };
      return { job: { ...job, warnings: [...job.warnings, message] }, event: 'warning' };
    }
    // The terminal lines take effect when the process is gone and its files are verified.
    case 'hello':
    case 'ready':
    case 'heartbeat':
    case 'log':
    case 'result':
    case 'error':
      return { job };
  }
}

function startStage(job: Job, stage: Stage, now: number): JobStep {
  if (job.stage !== undefined && STAGES.indexOf(stage) <= STAGES.indexOf(job.stage)) return { job };
  return { job: { ...job, stage, stageProgress: 0, stageRun: { startedAt: now, isFinished: false } }, event: 'stage' };
}

function finishStage(job: Job, stage: Stage, elapsedMs: number | undefined): JobStep {
  if (stage !== job.stage || job.stageRun === undefined || job.stageRun.isFinished) return { job };
  const timingsMs = elapsedMs === undefined ? job.timingsMs : { ...job.timingsMs, [stage]: elapsedMs };
  const stageRun = { ...job.stageRun, isFinished: true };
  return { job: { ...job, stageProgress: 100, stageRun, timingsMs }, event: 'stage' };
}

function advance(job: Job, stage: Stage, stagePercent: number, percent: number): JobStep {
  if (stage !== job.stage) return { job };
  const progress = Math.max(job.progress, Math.min(MAX_RUNNING_PROGRESS, percent));
  const before = job.stageProgress ?? 0;
  const stageProgress = Math.max(before, stagePercent);
  const isSmall = progress - job.progress < MIN_PROGRESS_STEP && stageProgress - before < MIN_STAGE_PROGRESS_STEP;
  return isSmall ? { job } : { job: { ...job, progress, stageProgress }, event: 'progress' };
}
