import { loadManifest } from '../../models/manifest/load-manifest.ts';
import type { ModelEntry } from '../../models/manifest/model-entry.ts';
import { UsageError } from './usage-error.ts';

/** @throws {UsageError} with all names, where there is no such model */
export function findModel(name: string, modelsDir: string): ModelEntry {
  const entries = loadManifest(modelsDir);
  const entry = entries.find((known) => known.name === name);
  if (entry) return entry;
  throw new UsageError(`There is no model "${name}"; there are ${entries.map((known) => known.name).join(', ')}.`);
}
