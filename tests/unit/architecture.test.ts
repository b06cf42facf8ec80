import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

const ROOT = join(import.meta.dir, '../..');
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g;

interface SourceFile {
  path: string;
  /** Paths of the project's own files that it imports, from the root. */
  local: string[];
  packages: string[];
}

function readSources(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => {
      const path = join(folder, name);
      const targets = [...readFileSync(join(ROOT, path), 'utf8').matchAll(IMPORT)].map(
        (m) => m[1] ?? m[2] ?? m[3] ?? '',
      );
      const isLocal = (target: string) => target.startsWith('.');
      return {
        path,
        local: targets.filter(isLocal).map((target) => normalize(join(dirname(path), target))),
        packages: targets.filter((target) => !isLocal(target) && !/^(node|bun):/.test(target)),
      };
    });
}

const sources = ['src', 'workers', 'models'].flatMap(readSources);

function homesOf(packageName: string): string[] {
  const users = sources.filter(({ packages }) =>
    packages.some((name) => name === packageName || name.startsWith(`${packageName}/`)),
  );
  return [...new Set(users.map(({ path }) => dirname(path)))].sort();
}

test('the scan finds the files and their imports', () => {
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.find(({ path }) => path === 'workers/pipeline.ts')?.local).toContain('workers/progress.ts');
});

test('the server imports nothing of the worker', () => {
  // The command line starts the worker in its own process by a dynamic import.
  const offenders = sources.filter(
    ({ path, local }) =>
      path.startsWith('src/') && path !== 'src/cli/worker.ts' && local.some((target) => target.startsWith('workers/')),
  );
  expect(offenders.map(({ path }) => path)).toEqual([]);
});

test('the worker shares only the protocol, the errors, the version and the place of files with the server', () => {
  const shared = /^src\/(protocol\/[\w-]+|errors|version|program-files)\.ts$/;
  const offenders = sources
    .filter(({ path }) => path.startsWith('workers/'))
    .flatMap(({ path, local }) =>
      local
        .filter((target) => target.startsWith('src/') && !shared.test(target))
        .map((target) => `${path} -> ${target}`),
    );
  expect(offenders).toEqual([]);
});

test('the models folder knows only the errors of the server, and nothing of the worker', () => {
  const offenders = sources
    .filter(({ path }) => path.startsWith('models/'))
    .flatMap(({ path, local }) =>
      local
        .filter((target) => target.startsWith('workers/') || (target.startsWith('src/') && target !== 'src/errors.ts'))
        .map((target) => `${path} -> ${target}`),
    );
  expect(offenders).toEqual([]);
});

test('of the server only the command line knows the models folder', () => {
  const users = sources.filter(
    ({ path, local }) => path.startsWith('src/') && local.some((target) => target.startsWith('models/')),
  );
  expect(users.map(({ path }) => path).filter((path) => !path.startsWith('src/cli/'))).toEqual([]);
  // Loaded by every command, so it must load nothing of theirs.
  expect(users.map(({ path }) => path)).not.toContain('src/cli/models.ts');
});

test('each third-party engine has one home', () => {
  expect(homesOf('sharp')).toEqual(['workers/imaging']);
  // Its simplifier and its codec.
  expect(homesOf('meshoptimizer')).toEqual(['workers/export', 'workers/geometry']);
  expect(homesOf('fflate')).toEqual(['workers/export/formats']);
  expect(homesOf('@gltf-transform')).toEqual(['workers/export']);
  expect(homesOf('onnxruntime-node')).toEqual(['workers/runtime']);
});

test('geometry and texture know neither files nor clocks nor chance', () => {
  const impure = /\b(Math\.random|Date\.now|new Date\(\)|process\.env|readFile|writeFile)\b/;
  const offenders = sources
    .filter(({ path }) => /^workers\/(geometry|texture|engines\/hull)\//.test(path))
    .filter(({ path }) => impure.test(readFileSync(join(ROOT, path), 'utf8')));
  expect(offenders.map(({ path }) => path)).toEqual([]);
});

test('there are no import cycles', () => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (path: string, trail: string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    state.set(path, 'open');
    for (const target of byPath.get(path)?.local ?? []) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const { path } of sources) visit(path, []);
  expect(cycles).toEqual([]);
});

test('no file of the project names a path of one machine', () => {
  const offenders = sources.filter(({ path }) =>
    /['"`]\/(home|root|work)\//.test(readFileSync(join(ROOT, path), 'utf8')),
  );
  expect(offenders.map(({ path }) => relative('.', path))).toEqual([]);
});
