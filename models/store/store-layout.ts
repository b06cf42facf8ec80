/**
 * Where things lie: `<models>/<repository>/<path in it>`, as a download of each repository gives; what the program
 * adds stays apart in `<models>/.hy3d/<model>`.
 */
import { join, resolve } from 'node:path';
import type { ModelEntry, ModelFile } from '../manifest/model-entry.ts';

/** A file of a model, at its place on the hub and on the disk. */
export interface StoreFile extends ModelFile {
  repo: string;
  revision: string;
  /** `<repository>/<path>`: names the file in messages and records. */
  label: string;
  /** Absolute. */
  localPath: string;
}

export function storeFilesOf(modelsDir: string, entry: ModelEntry): StoreFile[] {
  return entry.files.map((file) => {
    const repo = file.repo ?? entry.repo;
    const label = `${repo}/${file.path}`;
    const revision = file.revision ?? entry.revision;
    return { ...file, repo, revision, label, localPath: resolve(modelsDir, ...label.split('/')) };
  });
}

/** What is derived from a model's files, and the record of its installation. */
export function derivedDirOf(modelsDir: string, name: string): string {
  return resolve(modelsDir, '.hy3d', name);
}

export function recordPathOf(modelsDir: string, name: string): string {
  return join(derivedDirOf(modelsDir, name), 'installed.json');
}
