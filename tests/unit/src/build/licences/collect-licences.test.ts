import { beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostTarget } from '../../../../../src/build/build-target.ts';
import { bundleOptions, CHECKOUT_DIR } from '../../../../../src/build/bundle-options.ts';
import { findEmbeddedPaths } from '../../../../../src/build/embedded-paths.ts';
import { collectLicences } from '../../../../../src/build/licences/collect-licences.ts';
import type { LicensedPart } from '../../../../../src/build/licences/licensed-part.ts';

const NODE_MODULES = join(CHECKOUT_DIR, 'node_modules');
const target = hostTarget();
const why = target === undefined ? ' (skipped: there are no native libraries for this platform)' : '';

describe.skipIf(target === undefined)(`the licences of the executable${why}`, () => {
  let parts: LicensedPart[];
  let code: string;

  beforeAll(async () => {
    if (target === undefined) return;
    const paths = findEmbeddedPaths(CHECKOUT_DIR, target);
    const files = paths.map((path) => ({ path, sizeBytes: 0 }));
    const archive = join(CHECKOUT_DIR, 'package.json');
    const build = await Bun.build({ ...bundleOptions({ id: '', archive, files }, target), metafile: true });
    if (!build.metafile) throw new Error('no metafile');
    code = (await Promise.all(build.outputs.map((output) => output.text()))).join('\n');
    parts = await collectLicences(build.metafile, paths, { checkout: CHECKOUT_DIR, target: CHECKOUT_DIR });
  });

  const partCalled = (name: string) => parts.find((part) => part.name === name);

  test('cover every package whose code the bundler wrote, in the installed version', () => {
    // Where nothing is minified, a comment tells the file of every piece of code.
    const written = new Set(
      [...code.matchAll(/^\/\/ (?:.*\/)?node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//gm)].map(([, name]) => name ?? ''),
    );
    expect(written.size).toBeGreaterThan(30);
    expect(written).toContain('hono');
    for (const name of written) {
      const { version } = JSON.parse(readFileSync(join(NODE_MODULES, name, 'package.json'), 'utf8'));
      expect({ name, version: partCalled(name)?.version }).toEqual({ name, version });
    }
  });

  test('cover what is beside the code, and what its publishers put into it', () => {
    const names = ['Bun', `@img/sharp-${target}`, '@google/model-viewer', 'three', 'lit-html', 'swagger-ui-dist'];
    for (const name of names) expect(partCalled(name)).toBeDefined();
    expect(partCalled('swagger-ui-dist')?.contains).toEqual(expect.arrayContaining(['react', 'dompurify']));
    expect(partCalled('swagger-ui-dist')?.texts.join()).toContain('DOMPurify');
    expect(partCalled('onnxruntime-node')?.texts.join()).toContain('THIRD PARTY SOFTWARE NOTICES');
  });

  test('cover every library inside libvips', () => {
    const dir = readdirSync(join(NODE_MODULES, '@img')).find((name) => name.startsWith('sharp-libvips-')) ?? '';
    const versions = JSON.parse(readFileSync(join(NODE_MODULES, '@img', dir, 'versions.json'), 'utf8'));
    const listed = parts.map(({ version }) => version);
    for (const version of Object.values<string>(versions)) expect(listed).toContain(version);
    expect(partCalled('libvips')).toMatchObject({ version: versions.vips, licence: 'LGPLv3' });
    expect(partCalled('glib')?.texts.join()).toContain('GNU LESSER GENERAL PUBLIC LICENSE');
  });

  test('name no part twice and have a text for each', () => {
    expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length);
    for (const { name, licence, texts } of parts) {
      expect(licence).not.toBe('');
      if (licence === 'public domain') continue;
      expect({ name, isFull: Math.max(...texts.map(({ length }) => length)) > 500 }).toEqual({ name, isFull: true });
    }
  });

  test('leave out what only tests and tools use', () => {
    for (const name of ['typescript', 'fast-check', '@biomejs/biome']) expect(partCalled(name)).toBeUndefined();
  });

  test("have Bun's own page as the pinned version has it, and all that it names", () => {
    const page = readFileSync(join(NODE_MODULES, 'bun-types/docs/project/license.mdx'), 'utf8');
    expect(partCalled('Bun')?.texts[0]).toBe(page);
    // Each row of its tables but the two headings.
    const rows = page.split('\n').filter((line) => /^\| (?!Library|Package|---)/.test(line));
    expect(rows.length).toBeGreaterThan(40);
    expect(parts.filter(({ name }) => name.endsWith(' in Bun')).length).toBe(rows.length);
    expect(partCalled('libicu 78 in Bun')?.texts.join()).toContain('UNICODE LICENSE');
    expect(partCalled('tinycc in Bun')).toMatchObject({ licence: 'LGPL v2.1' });
  });
});
