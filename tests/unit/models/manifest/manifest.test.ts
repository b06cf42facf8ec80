import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadManifest } from '../../../../models/manifest/load-manifest.ts';
import { ModelEntrySchema } from '../../../../models/manifest/model-entry.ts';
import { PUBLISHED_MODELS } from '../../../../models/manifest/published-models.ts';
import { modelEntry } from '../../../helpers/model-entries.ts';

const dir = mkdtempSync(join(tmpdir(), 'hy3d-manifest-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function load(content: unknown) {
  writeFileSync(join(dir, 'manifest.json'), typeof content === 'string' ? content : JSON.stringify(content));
  return loadManifest(dir);
}

describe('published models', () => {
  test.each(PUBLISHED_MODELS.map((entry) => [entry.name, entry]))('%s fits the schema', (_, entry) => {
    expect(ModelEntrySchema.parse(entry)).toEqual(entry);
  });

  test('every published variant is there once', () => {
    expect(PUBLISHED_MODELS.map(({ name }) => name)).toEqual([
      'hunyuan3d-2.1',
      'hunyuan3d-2',
      'hunyuan3d-2-fast',
      'hunyuan3d-2-turbo',
      'hunyuan3d-2mini',
      'hunyuan3d-2mini-fast',
      'hunyuan3d-2mini-turbo',
      'hunyuan3d-2mv',
      'hunyuan3d-2mv-fast',
      'hunyuan3d-2mv-turbo',
    ]);
  });

  test('all but 2.1 come with an optional turbo VAE, and only the multi-view ones take several pictures', () => {
    for (const { name, files, views } of PUBLISHED_MODELS) {
      const optional = files.filter((file) => file.optional).map(({ role }) => role);
      expect(optional).toEqual(name === 'hunyuan3d-2.1' ? [] : ['turbo-vae-config', 'turbo-vae-weights']);
      expect(views.length).toBe(name.includes('2mv') ? 4 : 1);
    }
  });

  test('the turbo VAE of 2mv is that of 2.0, at the same place', () => {
    const vaeOf = (wanted: string) => {
      const entry = PUBLISHED_MODELS.find(({ name }) => name === wanted);
      const file = entry?.files.find(({ role }) => role === 'turbo-vae-weights');
      return [file?.repo ?? entry?.repo, file?.revision ?? entry?.revision, file?.path];
    };
    expect(vaeOf('hunyuan3d-2mv')).toEqual(vaeOf('hunyuan3d-2'));
  });

  test('no two files share a digest', () => {
    const digests = new Map<string, Set<string>>();
    for (const { files, repo } of PUBLISHED_MODELS) {
      for (const { sha256, path, ...file } of files) {
        if (sha256) digests.set(sha256, (digests.get(sha256) ?? new Set()).add(`${file.repo ?? repo}/${path}`));
      }
    }
    expect(digests.size).toBe(16);
    expect([...digests.values()].every((places) => places.size === 1)).toBe(true);
  });
});

describe('manifest.json', () => {
  test('is optional', () => {
    expect(loadManifest(join(dir, 'nowhere'))).toEqual([...PUBLISHED_MODELS]);
  });

  test('adds models, and replaces published ones by name', () => {
    const own = modelEntry({ name: 'chairs' });
    const replaced = modelEntry({ name: 'hunyuan3d-2.1', repo: 'acme/mirror' });
    const entries = load({ models: [own, replaced] });
    expect(entries.length).toBe(PUBLISHED_MODELS.length + 1);
    expect(entries[0]).toEqual(replaced);
    expect(entries.at(-1)).toEqual(own);
  });

  test.each<[string, unknown, RegExp]>([
    ['text that is no JSON', '{', /not JSON/],
    ['a list', [], /expected object/i],
    ['an unknown field', { models: [{ ...modelEntry(), sha: 1 }] }, /models\.0/],
    ['a path that leads out', withPath('../../secret'), /models\.0\.files\.0\.path/],
    ['an absolute path', withPath('/etc/passwd'), /models\.0\.files\.0\.path/],
    ['a hidden path', withPath('.hy3d/x'), /models\.0\.files\.0\.path/],
    ['a path with a backslash', withPath('a\\b'), /models\.0\.files\.0\.path/],
    ['a repository that leads out', { models: [{ ...modelEntry(), repo: '../..' }] }, /owner\/name/],
    ['a name that is a path', { models: [{ ...modelEntry(), name: 'a/b' }] }, /lower-case/],
    [
      'a model without weights',
      { models: [{ ...modelEntry(), files: [{ role: 'config', path: 'a' }] }] },
      /weights, got 0/,
    ],
    ['the name of an engine', { models: [{ ...modelEntry(), name: 'hull' }] }, /an engine is called so/],
    ['a digest in capitals', withDigest('ABCDEF0123456789'), /hex digits/],
    ['a digest that says next to nothing', withDigest('ab'), /hex digits/],
  ])('%s is refused', (_, content, message) => {
    expect(() => load(content)).toThrow(
      expect.objectContaining({ code: 'model.corrupt', message: expect.stringMatching(message) }),
    );
  });
});

function withPath(path: string) {
  return {
    models: [
      {
        ...modelEntry(),
        files: [
          { role: 'config', path },
          { role: 'weights', path: 'b' },
        ],
      },
    ],
  };
}

function withDigest(sha256: string) {
  return {
    models: [
      {
        ...modelEntry(),
        files: [
          { role: 'config', path: 'a', sha256 },
          { role: 'weights', path: 'b' },
        ],
      },
    ],
  };
}
