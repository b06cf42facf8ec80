import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModelEntrySchema } from '../../../models/manifest/model-entry.ts';
import { PUBLISHED_MODELS } from '../../../models/manifest/published-models.ts';

const readme = readFileSync(join(import.meta.dir, '../../../models/README.md'), 'utf8');

test('the table has every published model with its size and need of memory', () => {
  for (const { name, files, memoryBytes } of PUBLISHED_MODELS) {
    const bytes = files.reduce((sum, file) => sum + (file.bytes ?? file.approximateBytes ?? 0), 0);
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
    expect(row).toEndWith(`| ${(bytes / 1e9).toFixed(1)} GB | ${memoryBytes / 1e9} GB |`);
  }
});

test('the licence is told in the words of the manifest', () => {
  for (const { licence } of PUBLISHED_MODELS) {
    expect(readme).toContain(licence.name);
    for (const term of licence.terms ?? []) expect(readme).toContain(term);
  }
});

test('the example of manifest.json is one', () => {
  const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(readme)?.[1] ?? '') as { models: unknown[] };
  expect(example.models.length).toBe(1);
  expect(() => ModelEntrySchema.parse(example.models[0])).not.toThrow();
});
