/** The bodies of answers as zod schemas: the types of the routes and the OpenAPI document are made from them. */
import { z } from 'zod';
import { JOB_ERROR_CODES } from '../errors.ts';
import { DeviceSchema, ResultFilesSchema, ViewUseSchema } from '../protocol/messages.ts';
import { GenerateOptionsSchema } from '../protocol/options.ts';
import { STAGES } from '../protocol/stages.ts';
import { VIEW_NAMES } from '../protocol/views.ts';

export const JOB_STATES = ['queued', 'processing', 'completed', 'failed'] as const;

const percent = z.int().min(0).max(100);
const seconds = z.number().min(0);
const device = DeviceSchema.pick({ kind: true, index: true, name: true });
const whole = z.int().min(0);

export const ErrorSchema = z.object({
  detail: z.string().describe('A sentence for people: what was expected, what came, what to do.'),
});

export const HealthSchema = z.object({ status: z.literal('ok'), version: z.string() });

export const ReadySchema = z.object({
  status: z.enum(['ready', 'busy']).describe('`busy` where a new job would wait or be refused.'),
  queued: whole,
  queue_limit: whole,
  processing: whole,
  devices: z.array(device.extend({ state: z.enum(['idle', 'busy', 'quarantined']) })),
});

export const UploadSchema = z.object({
  image: z.string().describe('Stands for the picture in `images` of a request.'),
  expires_at: z.iso.datetime().describe('Until then, unless many others are sent.'),
});
export type UploadBody = z.infer<typeof UploadSchema>;

export const JobCreatedSchema = z.object({ job_id: z.uuid(), status: z.enum(JOB_STATES) });
export type JobCreatedBody = z.infer<typeof JobCreatedSchema>;

/** A job as `GET /api/status`, the list of jobs and the events show it. The first five keys are the 2.1 contract's. */
export const JobSchema = z.object({
  job_id: z.uuid(),
  status: z.enum(JOB_STATES),
  progress: percent.describe('Percent of the job; never falls, 100 only when completed.'),
  model_urls: ResultFilesSchema.exactOptional().describe('Absolute URLs, once there is a model.'),
  error: z.string().exactOptional().describe('A sentence for people, once failed.'),
  error_code: z.enum(JOB_ERROR_CODES).exactOptional().describe('Why the job failed; `cancelled` for a cancelled one.'),
  stage: z.enum(STAGES).exactOptional(),
  stage_progress: percent.exactOptional().describe('Percent of the stage.'),
  queue_position: z.int().min(1).exactOptional().describe('1 is next; only while queued.'),
  eta_seconds: seconds.exactOptional().describe("Seconds until the end, from this machine's own stage times."),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().exactOptional(),
  finished_at: z.iso.datetime().exactOptional(),
  timings: z.partialRecord(z.enum(STAGES), seconds).describe('Seconds by stage.'),
  engine: z.object({ name: z.string(), reason: z.string(), licence: z.string() }).exactOptional(),
  device: device.exactOptional(),
  warnings: z.array(z.string()),
  views: z.partialRecord(z.enum(VIEW_NAMES), ViewUseSchema).describe('How each picture was used.'),
  options: GenerateOptionsSchema,
  summary: z.object({ faces: whole, vertices: whole, watertight: z.boolean() }).exactOptional(),
  report: z.url().exactOptional().describe('Absolute URL of report.json.'),
  events_url: z.url().exactOptional().describe('Absolute URL of the events, where the plain one needs a key.'),
});
export type JobBody = z.infer<typeof JobSchema>;

export const JobListSchema = z.object({ jobs: z.array(JobSchema).describe('Newest first.') });
