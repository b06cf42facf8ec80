/**
 * Everything that passes between the server and a worker process, as zod schemas with one version.
 *
 * The server writes a job request as a line of JSON on the worker's stdin and keeps the pipe open: its end
 * tells the worker that the server is gone. The worker writes one event a line on stdout: `hello` first, then
 * stage, progress, heartbeat, log and warning lines, then exactly one terminal line, `result` or `error`.
 * A worker may be prepared ahead of its job, and may be kept for further ones: each time that it can take a
 * request it says `ready`.
 * Pictures and results travel as files; messages carry their paths.
 */
import { z } from 'zod';
import { JOB_ERROR_CODES } from '../errors.ts';
import type { ExtraFormat } from './formats.ts';
import { GenerateOptionsSchema } from './options.ts';
import { STAGES } from './stages.ts';
import { VIEW_NAMES } from './views.ts';

export const PROTOCOL_VERSION = 1;

const stage = z.enum(STAGES);
const fraction = z.number().min(0).max(1);

/** The device that the worker was pinned to; `index` counts as `nvidia-smi` does. */
export const DeviceSchema = z.object({
  kind: z.enum(['cpu', 'cuda']),
  index: z.number().int().min(0),
  name: z.string(),
  memoryBytes: z.number().nonnegative().optional(),
});
export type Device = z.infer<typeof DeviceSchema>;

export const JobRequestSchema = z.object({
  type: z.literal('job'),
  protocol: z.literal(PROTOCOL_VERSION),
  jobId: z.string().min(1),
  /** Absolute paths of the pictures as they were uploaded. */
  views: z.partialRecord(z.enum(VIEW_NAMES), z.string()).refine((v) => v.front !== undefined, 'front is missing'),
  options: GenerateOptionsSchema,
  /** Existing folder that the results are renamed into. */
  outputDir: z.string().min(1),
  /** Folder of installed weights; need not exist. */
  modelsDir: z.string().min(1),
  device: DeviceSchema,
  limits: z.object({ maxPixels: z.number().int().positive() }),
  /** After its result the worker stays for a further request. Otherwise, and after an error, it ends. */
  keep: z.boolean().exactOptional(),
});
export type JobRequest = z.infer<typeof JobRequestSchema>;

/** Asks a worker to load what a job needs before there is one. */
export const PrepareRequestSchema = z.object({
  type: z.literal('prepare'),
  protocol: z.literal(PROTOCOL_VERSION),
  /** Without it the worker loads the program alone; otherwise also the networks of an engine, onto the device. */
  networks: z
    .object({
      /** As in the options of a job. */
      engine: z.string().min(1),
      modelsDir: z.string().min(1),
      device: DeviceSchema,
    })
    .exactOptional(),
});
export type PrepareRequest = z.infer<typeof PrepareRequestSchema>;

/** A line on a worker's stdin. A job is sent when the one before it has ended. */
export const WorkerRequestSchema = z.discriminatedUnion('type', [PrepareRequestSchema, JobRequestSchema]);
export type WorkerRequest = z.infer<typeof WorkerRequestSchema>;

/** How a picture was used. */
export const ViewUseSchema = z.object({
  shape: z.boolean(),
  texture: z.boolean(),
  /** Why it was ignored for one of the two, as a sentence. */
  note: z.string().optional(),
});
export type ViewUse = z.infer<typeof ViewUseSchema>;

/** Names of the files of a finished job, relative to `outputDir`; of the extra formats those that were asked for. */
export const ResultFilesSchema = z.object({
  glb: z.string(),
  preview: z.string(),
  sheet: z.string(),
  report: z.string(),
  'glb-web': z.string().exactOptional(),
  obj: z.string().exactOptional(),
  stl: z.string().exactOptional(),
  ply: z.string().exactOptional(),
  '3mf': z.string().exactOptional(),
  usdz: z.string().exactOptional(),
} satisfies Record<ExtraFormat | 'glb' | 'preview' | 'sheet' | 'report', z.ZodType>);
export type ResultFiles = z.infer<typeof ResultFilesSchema>;

export const WorkerEventSchema = z.discriminatedUnion('type', [
  /** First line of every worker. */
  z.object({
    type: z.literal('hello'),
    protocol: z.number().int(),
    version: z.string(),
    pid: z.number().int(),
    /** What the worker sees as `CUDA_VISIBLE_DEVICES`, so that tests can prove the pinning. */
    visibleDevices: z.string(),
  }),
  /** The worker has prepared itself, or has put away the job whose result it sent, and can take a job. */
  z.object({ type: z.literal('ready'), rssBytes: z.number().nonnegative() }),
  /** Which engine was chosen and why; at most once in a job. */
  z.object({ type: z.literal('engine'), name: z.string(), reason: z.string(), licence: z.string() }),
  z.object({
    type: z.literal('stage'),
    stage,
    state: z.enum(['started', 'finished']),
    elapsedMs: z.number().optional(),
  }),
  /** `progress` is in percent of the whole job and never falls; `stageProgress` is a fraction of the stage. */
  z.object({ type: z.literal('progress'), stage, stageProgress: fraction, progress: z.number().min(0).max(100) }),
  /** Sent by the main thread of the worker while the pipeline's thread is busy. */
  z.object({ type: z.literal('heartbeat'), rssBytes: z.number().nonnegative() }),
  z.object({ type: z.literal('log'), level: z.enum(['debug', 'info', 'warn', 'error']), message: z.string() }),
  /** Something the client should know; ends in the status and the report. */
  z.object({ type: z.literal('warning'), message: z.string() }),
  z.object({
    type: z.literal('result'),
    files: ResultFilesSchema,
    timingsMs: z.partialRecord(stage, z.number().nonnegative()),
    views: z.partialRecord(z.enum(VIEW_NAMES), ViewUseSchema),
    /** The headline numbers of report.json. */
    summary: z.object({ faces: z.number().int(), vertices: z.number().int(), watertight: z.boolean() }),
    peakRssBytes: z.number().nonnegative(),
  }),
  z.object({
    type: z.literal('error'),
    code: z.enum(JOB_ERROR_CODES),
    message: z.string(),
    stage: stage.optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
]);
export type WorkerEvent = z.infer<typeof WorkerEventSchema>;
export type WorkerResult = Extract<WorkerEvent, { type: 'result' }>;
export type WorkerErrorEvent = Extract<WorkerEvent, { type: 'error' }>;
