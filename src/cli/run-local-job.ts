import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { AppError, errorMessageOf } from '../errors.ts';
import { checkPicture } from '../http/upload.ts';
import type { JobInput, JobService, JobSnapshot, UploadedImage } from '../jobs/job-service.ts';
import type { Log } from '../log.ts';
import { openJobService } from '../open-job-service.ts';
import type { ResultFiles } from '../protocol/messages.ts';
import type { GenerateOptions } from '../protocol/options.ts';
import { VIEW_NAMES, type ViewName } from '../protocol/views.ts';
import type { SpawnWorker } from '../worker-process/spawn-worker.ts';
import { loadMemoryNeeds } from './memory-needs.ts';
import type { ProgressDisplay } from './progress-display.ts';
import { UsageError } from './usage-error.ts';

export interface LocalJob {
  /** Paths of the pictures. */
  pictures: { front: string } & Partial<Record<ViewName, string>>;
  options: GenerateOptions;
  /** Where the results go; those without a path are not kept. */
  outputs: { glb: string } & Partial<Record<keyof ResultFiles, string>>;
}

export interface LocalJobDeps {
  config: Config;
  log: Log;
  display: ProgressDisplay;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
  /** Starts a worker; only tests give another one. */
  spawnWorker?: SpawnWorker;
}

/**
 * Runs one job without HTTP: the same job service and a real worker process, with a data folder of its own that is
 * removed at the end, so that it stays out of the way of a server.
 * @returns the completed job
 * @throws {UsageError} for pictures that cannot be read; {AppError} with the code of the job where it failed
 */
export async function runLocalJob(job: LocalJob, deps: LocalJobDeps): Promise<JobSnapshot> {
  const images = await readPictures(job.pictures, deps.config.maxPixels);
  for (const path of Object.values(job.outputs)) await makeFolderOf(path);

  const dataDir = await mkdtemp(join(tmpdir(), 'hy3d-'));
  try {
    const { jobs } = await openJobService({ ...deps.config, dataDir, standby: 0 }, deps.log, {
      spawnWorker: deps.spawnWorker,
      memoryNeeds: loadMemoryNeeds(deps.config.modelsDir, deps.log),
    });
    try {
      const finished = await follow(jobs, { images, options: job.options }, deps);
      if (finished.error) throw new AppError(finished.error.code, finished.error.message);
      await copyResults(jobs, finished, job.outputs);
      return finished;
    } finally {
      await jobs.shutdown(0);
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function follow(jobs: JobService, input: JobInput, { display, signal }: LocalJobDeps): Promise<JobSnapshot> {
  const { id } = await jobs.create(input);
  const cancel = () => void jobs.cancel(id);
  signal.addEventListener('abort', cancel);
  try {
    if (signal.aborted) cancel();
    for await (const { type, job } of jobs.subscribe(id, 0, new AbortController().signal)) {
      if (type === 'warning') display.note(`Note: ${job.warnings.at(-1)}`);
      else display.update(job);
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    display.end();
  }
  const job = jobs.get(id);
  if (!job) throw new Error(`job ${id} has vanished`);
  return job;
}

async function readPictures(paths: LocalJob['pictures'], maxPixels: number): Promise<JobInput['images']> {
  const others: Partial<Record<ViewName, UploadedImage>> = {};
  for (const name of VIEW_NAMES) {
    const path = paths[name];
    if (path !== undefined) others[name] = await readPicture(name, path, maxPixels);
  }
  return { ...others, front: others.front ?? (await readPicture('front', paths.front, maxPixels)) };
}

async function readPicture(name: ViewName, path: string, maxPixels: number): Promise<UploadedImage> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UsageError(`${name}: the picture ${path} cannot be read (${errorMessageOf(error)}).`);
  });
  try {
    return checkPicture(`${name} (${path})`, bytes, maxPixels);
  } catch (error) {
    throw new UsageError(errorMessageOf(error));
  }
}

async function makeFolderOf(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw new UsageError(`The folder ${dirname(path)} cannot be made (${errorMessageOf(error)}).`);
  });
}

async function copyResults(jobs: JobService, job: JobSnapshot, outputs: LocalJob['outputs']): Promise<void> {
  for (const kind of Object.keys(outputs) as Array<keyof ResultFiles>) {
    const name = job.files?.[kind];
    const source = name && jobs.resolveFile(job.id, name);
    const target = outputs[kind];
    if (source && target) await copyFile(source, target);
  }
}
