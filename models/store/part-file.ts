import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ResumePoint } from './model-source.ts';
import { asUnwritable } from './unwritable.ts';

/** A file that is not complete yet, and beside it the version that it is a part of. */
export class PartFile {
  readonly path: string;
  private readonly etagPath: string;

  constructor(private readonly finalPath: string) {
    this.path = `${finalPath}.part`;
    this.etagPath = `${finalPath}.part.etag`;
  }

  async size(): Promise<number> {
    const stats = await stat(this.path).catch(() => undefined);
    return stats?.size ?? 0;
  }

  /** @param isChecked whether a digest would tell that two versions were mixed */
  async resumePoint(isChecked: boolean): Promise<ResumePoint | undefined> {
    const offset = await this.size();
    const etag = (await readFile(this.etagPath, 'utf8').catch(() => '')) || undefined;
    return offset > 0 && (etag !== undefined || isChecked) ? { offset, etag } : undefined;
  }

  /** @throws {AppError} `model.unwritable` */
  async makeFolder(): Promise<void> {
    const folder = dirname(this.path);
    await mkdir(folder, { recursive: true }).catch((error) => Promise.reject(asUnwritable(folder, error)));
  }

  /**
   * Opens for writing and drops what lies beyond `start`.
   * @throws {AppError} `model.unwritable`
   */
  async openAt(start: number, etag: string | undefined): Promise<FileHandle> {
    try {
      await writeFile(this.etagPath, etag ?? '');
      const handle = await open(this.path, start > 0 ? 'r+' : 'w');
      await handle.truncate(start);
      return handle;
    } catch (error) {
      throw asUnwritable(this.path, error);
    }
  }

  /** @throws {AppError} `model.unwritable` */
  async moveIntoPlace(): Promise<{ size: number; mtimeMs: number }> {
    try {
      await rename(this.path, this.finalPath);
      await rm(this.etagPath, { force: true });
      const folder = await open(dirname(this.finalPath), 'r');
      await folder.sync().finally(() => folder.close());
      return await stat(this.finalPath);
    } catch (error) {
      throw asUnwritable(this.finalPath, error);
    }
  }

  async remove(): Promise<void> {
    await Promise.all([this.path, this.etagPath].map((path) => rm(path, { force: true })));
  }
}
