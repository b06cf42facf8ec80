import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError, errorMessageOf } from '../../src/errors.ts';
import { type ModelEntry, ModelEntrySchema } from './model-entry.ts';
import { PUBLISHED_MODELS } from './published-models.ts';

const MANIFEST_NAME = 'manifest.json';
const ManifestSchema = z.strictObject({ models: z.array(ModelEntrySchema) });

/**
 * The published models, and those that `manifest.json` of the models folder adds; an entry there replaces a published
 * one of the same name, for fine-tuned weights or another repository.
 * @throws {AppError} `model.corrupt` where that file cannot be used
 */
export function loadManifest(modelsDir: string): ModelEntry[] {
  const entries = new Map(PUBLISHED_MODELS.map((entry) => [entry.name, entry]));
  for (const entry of readOwnModels(modelsDir)) entries.set(entry.name, entry);
  return [...entries.values()];
}

/** The entries of `manifest.json` alone; throws as `loadManifest` does. */
export function readOwnModels(modelsDir: string): ModelEntry[] {
  const path = join(modelsDir, MANIFEST_NAME);
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new AppError('model.corrupt', `Cannot read ${path}: ${errorMessageOf(cause)}.`, { cause });
  }
  const parsed = ManifestSchema.safeParse(parseJson(path, content));
  if (parsed.success) return parsed.data.models;
  const problems = parsed.error.issues.map(({ path: at, message }) => `  ${at.join('.')}: ${message}`);
  throw new AppError('model.corrupt', `${path} does not describe models:\n${problems.join('\n')}`);
}

function parseJson(path: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new AppError('model.corrupt', `${path} is not JSON: ${errorMessageOf(cause)}.`, { cause });
  }
}
