import { type ModelEntry, ModelEntrySchema } from '../../models/manifest/model-entry.ts';

/** A model of two small files; the tests name what matters to them. */
export function modelEntry(overrides: Partial<ModelEntry> = {}): ModelEntry {
  return ModelEntrySchema.parse({
    name: 'tiny',
    title: 'Tiny',
    repo: 'acme/tiny',
    revision: 'main',
    files: [
      { role: 'config', path: 'shape/config.yaml' },
      { role: 'weights', path: 'shape/model.safetensors' },
    ],
    views: ['front'],
    memoryBytes: 1e6,
    licence: { name: 'Test licence', url: 'https://example.org/licence', territory: 'Not for use on the moon.' },
    ...overrides,
  });
}
