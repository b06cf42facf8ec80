import type { JobSnapshot } from '../jobs/job-service.ts';
import type { ResultFiles } from '../protocol/messages.ts';
import { STAGES } from '../protocol/stages.ts';
import type { JobBody } from './api-schemas.ts';
import type { JobLinks } from './job-links.ts';

/** What clients are told of a job. */
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

function modelUrls(id: string, files: ResultFiles, links: JobLinks): ResultFiles {
  const urls = Object.entries(files).map(([kind, name]) => [kind, links.file(id, name)]);
  return Object.fromEntries(urls) as ResultFiles;
}

function timingsSeconds(timingsMs: JobSnapshot['timingsMs']): JobBody['timings'] {
  const timings: JobBody['timings'] = {};
  for (const stage of STAGES) {
    const ms = timingsMs[stage];
    if (ms !== undefined) timings[stage] = Math.round(ms) / 1000;
  }
  return timings;
}

function toIso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
