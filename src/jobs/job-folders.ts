import { mkdirSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { VIEW_NAMES, type ViewName } from '../protocol/views.ts';
import { isJobId } from './job-id.ts';
import type { JobInput } from './job-service.ts';

/** Absolute paths of one job's folders and pictures. */
export interface JobPaths {
  root: string;
  /** What the worker renames its results into. */
  output: string;
  /** For the worker's temporary files. */
  temp: string;
}

/**
 * The folders of jobs: `<dataDir>/jobs/<id>/` with `inputs/<view>.<format>`, `output/` and `temp/`. Names come
 * from this program alone: an id that it made, a view, a format.
 */
export class JobFolders {
  readonly #jobsDir: string;

  constructor(dataDir: string) {
    this.#jobsDir = resolve(dataDir, 'jobs');
    mkdirSync(this.#jobsDir, { recursive: true });
  }

  paths(id: string): JobPaths {
    const root = join(this.#jobsDir, id);
    return { root, output: join(root, 'output'), temp: join(root, 'temp') };
  }

  /** Makes the folders and stores the pictures; leaves nothing behind when it fails. */
  async create(id: string, images: JobInput['images']): Promise<Partial<Record<ViewName, string>>> {
    const { root, output, temp } = this.paths(id);
    const inputs = join(root, 'inputs');
    try {
      for (const folder of [inputs, output, temp]) await mkdir(folder, { recursive: true });
      const views: Partial<Record<ViewName, string>> = {};
      for (const view of VIEW_NAMES) {
        const image = images[view];
        if (image === undefined) continue;
        const path = join(inputs, `${view}.${image.format}`);
        await writeFile(path, image.bytes);
        views[view] = path;
      }
      return views;
    } catch (error) {
      await this.remove(id);
      throw error;
    }
  }

  /** Removes everything but the results. */
  async keepResults(id: string): Promise<void> {
    const { root, temp } = this.paths(id);
    for (const folder of [join(root, 'inputs'), temp]) await rm(folder, { recursive: true, force: true });
  }

  async remove(id: string): Promise<void> {
    await rm(this.paths(id).root, { recursive: true, force: true });
  }

  /**
   * Removes the folders of jobs that a former server left, for job records do not outlive it. Which ones is
   * decided at the call, so new jobs may be created at the same time.
   */
  removeOrphans(): Promise<void> {
    const orphans = readdirSync(this.#jobsDir).filter(isJobId);
    return Promise.all(orphans.map((id) => this.remove(id))).then(() => {});
  }
}
