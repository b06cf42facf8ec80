import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hostTarget } from '../../../../src/build/build-target.ts';
import { findEmbeddedPaths } from '../../../../src/build/embedded-paths.ts';

const ROOT = resolve(import.meta.dir, '../../../..');
const target = hostTarget();
const PROGRAM_SOURCES = ['src', 'workers', 'models'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith('.ts') && !/^(src|workers)\/(bench|build|web|demo-objects)\//.test(path)),
);

test.skipIf(target === undefined)('every file of a package that the program asks for is in the executable', () => {
  const embedded = target ? findEmbeddedPaths(ROOT, target) : [];
  // A constant may hold the name: every text that looks like a file of a package counts, but imports are in the code.
  const asked = PROGRAM_SOURCES.flatMap((path) => [
    ...readFileSync(join(ROOT, path), 'utf8').matchAll(
      /(?<!from |import\()'((?:@[\w-]+\/)?[\w-]+\/(?:[\w.-]+\/)*[\w.-]+\.(?:js|css|wasm))'/g,
    ),
  ]).map(([, name]) => `node_modules/${name}`);
  expect(asked).toContain('node_modules/@google/model-viewer/dist/model-viewer.min.js');
  for (const path of asked) expect(embedded).toContain(path);
});

test('only the module that knows about the executable looks for files beside the code', () => {
  const users = PROGRAM_SOURCES.filter((path) =>
    /import\.meta\.(?:dir|path|filename|resolve)|resolveSync|createRequire/.test(
      readFileSync(join(ROOT, path), 'utf8'),
    ),
  );
  expect(users).toEqual(['src/program-files.ts']);
});

test('a package that is not installed for the target is named', () => {
  expect(() => findEmbeddedPaths(import.meta.dir, 'linux-arm64')).toThrow(/Nothing in .* is called src\/web/);
});

test.skipIf(target === undefined)(
  'native libraries lie as they find each other, and settings of tools stay out',
  () => {
    const embedded = target ? findEmbeddedPaths(ROOT, target) : [];
    expect(embedded.filter((path) => /\.(node|so|dylib)/.test(path))).toHaveLength(4);
    expect(embedded.filter((path) => path.endsWith('tsconfig.json'))).toEqual([]);
  },
);
