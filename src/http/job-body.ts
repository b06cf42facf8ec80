import type { JobSnapshot } from '../jobs/job-service.ts';
import { STAGES } from '../protocol/stages.ts';
import type { JobLinks } from './job-links.ts';

/** A job as `GET /api/status`, the list of jobs and the events show it. The first five keys are the 2.1 contract's. */
export interface JobBody {
  job_id: string;
  status: JobSnapshot['state'];
  /** Whole percent. */
  progress: number;
  /** Absolute URLs, once there is a model. */
  model_urls?: { glb: string; preview: string; sheet: string; report: string };
  /** A sentence for people, once failed. */
  error?: string;
  error_code?: string;
  stage?: string;
  /** Whole percent of the stage. */
  stage_progress?: number;
  queue_position?: number;
  eta_seconds?: number;
  /** ISO 8601 in UTC. */
  created_at: string;
  started_at?: string;
  finished_at?: string;
  /** Seconds by stage, in the order of the stages. */
  timings: Record<string, number>;
  engine?: JobSnapshot['engine'];
  device?: { kind: string; index: number; name: string };
  warnings: string[];
  /** How each picture was used. */
  views: JobSnapshot['views'];
  options: JobSnapshot['options'];
  summary?: JobSnapshot['summary'];
  /** Absolute URL of report.json. */
  report?: string;
  /** Absolute URL of the events, where the plain one needs a key. */
  events_url?: string;
}

export function toJobBody(job: JobSnapshot, links: JobLinks): JobBody {
  const urls = job.files && modelUrls(job.id, job.files, links);
  return {
    job_id: job.id,
    status: job.state,
    progress: Math.floor(job.progress),
    ...(urls && { model_urls: urls }),
    ...(job.error && { error: job.error.message, error_code: job.error.code }),
    ...(job.stage && { stage: job.stage }),
    ...(job.stageProgress !== undefined && { stage_progress: Math.floor(job.stageProgress) }),
    ...(job.queuePosition !== undefined && { queue_position: job.queuePosition }),
    ...(job.etaSeconds !== undefined && { eta_seconds: Math.max(0, Math.round(job.etaSeconds * 10) / 10) }),
    created_at: toIso(job.createdAt),
    ...(job.startedAt !== undefined && { started_at: toIso(job.startedAt) }),
    ...(job.finishedAt !== undefined && { finished_at: toIso(job.finishedAt) }),
    timings: timingsSeconds(job.timingsMs),
    ...(job.engine && { engine: job.engine }),
    ...(job.device && { device: { kind: job.device.kind, index: job.device.index, name: job.device.name } }),
    warnings: job.warnings,
    views: job.views,
    options: job.options,
    ...(job.summary && { summary: job.summary }),
    ...(urls && { report: urls.report }),
    ...(links.events && { events_url: links.events(job.id) }),
  };
}

function modelUrls(id: string, files: NonNullable<JobSnapshot['files']>, links: JobLinks) {
  const url = (name: string) => links.file(id, name);
  return { glb: url(files.glb), preview: url(files.preview), sheet: url(files.sheet), report: url(files.report) };
}

function timingsSeconds(timingsMs: JobSnapshot['timingsMs']): Record<string, number> {
  const timings: Record<string, number> = {};
  for (const stage of STAGES) {
    const ms = timingsMs[stage];
    if (ms !== undefined) timings[stage] = Math.round(ms) / 1000;
  }
  return timings;
}

function toIso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
