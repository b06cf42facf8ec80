import { statSync } from 'node:fs';
import type { FileRole, ModelEntry } from '../manifest/model-entry.ts';
import { readInstallRecord } from './install-record.ts';
import { derivedDirOf, type StoreFile, storeFilesOf } from './store-layout.ts';

/** A model whose files are there. */
export interface InstalledModel {
  entry: ModelEntry;
  /** Absolute paths. */
  files: { config: string; weights: string; turboVaeConfig?: string; turboVaeWeights?: string };
  /** Where what is derived from the files belongs; need not exist. */
  derivedDir: string;
}

/** Files that are needed and not there, each as text: which one, and what is wrong with it. */
export interface MissingFiles {
  missing: string[];
}

/**
 * Looks whether a model's files are there with the right sizes; a few calls of the file system. Files placed by hand
 * count as well. The turbo VAE is part of the answer only where both its files are there.
 */
export function findInstalled(modelsDir: string, entry: ModelEntry): InstalledModel | MissingFiles {
  const recorded = new Map(readInstallRecord(modelsDir, entry.name)?.files.map(({ file, bytes }) => [file, bytes]));
  const paths = new Map<FileRole, string>();
  const missing: string[] = [];
  for (const file of storeFilesOf(modelsDir, entry)) {
    const problem = findProblem(file, file.bytes ?? recorded.get(file.label));
    if (problem === undefined) paths.set(file.role, file.localPath);
    else if (!file.optional) missing.push(problem);
  }
  const config = paths.get('config');
  const weights = paths.get('weights');
  if (missing.length > 0 || config === undefined || weights === undefined) return { missing };
  const turboVaeConfig = paths.get('turbo-vae-config');
  const turboVaeWeights = paths.get('turbo-vae-weights');
  const turbo = turboVaeConfig && turboVaeWeights ? { turboVaeConfig, turboVaeWeights } : {};
  return { entry, files: { config, weights, ...turbo }, derivedDir: derivedDirOf(modelsDir, entry.name) };
}

function findProblem(file: StoreFile, expectedBytes: number | undefined): string | undefined {
  const stats = statSync(file.localPath, { throwIfNoEntry: false });
  if (!stats?.isFile()) return file.label;
  if (expectedBytes === undefined || stats.size === expectedBytes) return undefined;
  return `${file.label} (has ${stats.size} bytes, expected ${expectedBytes})`;
}
