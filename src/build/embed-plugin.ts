import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BunPlugin } from 'bun';
import type { Embedded } from '../executable/embedded.ts';
import type { BuildTarget } from './build-target.ts';

const LOAD_ADDON = JSON.stringify(resolve(import.meta.dir, '../executable/load-addon.ts'));

/**
 * Puts the archive and its table into `src/executable/embedded.ts`, and lets the two packages with native libraries
 * load them from where they were unpacked instead of from beside their code.
 * @throws {Error} in the build where a package no longer loads its library in the way that is replaced here
 */
export function embedPlugin(embedded: Embedded, target: BuildTarget): BunPlugin {
  const runtimeAddon = pathOf(embedded, /onnxruntime_binding\.node$/);
  const pictureAddon = pathOf(embedded, /@img\/sharp-.*\.node$/);
  return {
    name: 'embed',
    setup(build) {
      build.onLoad({ filter: /\/src\/executable\/embedded\.ts$/ }, () => ({
        loader: 'ts',
        contents: `import archive from ${JSON.stringify(embedded.archive)} with { type: 'file' };
          export const EMBEDDED = { ...${JSON.stringify({ id: embedded.id, files: embedded.files })}, archive };`,
      }));
      build.onLoad({ filter: /\/onnxruntime-node\/dist\/binding\.js$/ }, async ({ path }) => ({
        loader: 'js',
        contents: replaceOnce(
          await readFile(path, 'utf8'),
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of the package
          'require(`../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`)',
          `require(${LOAD_ADDON}).loadAddon(${JSON.stringify(runtimeAddon)})`,
          path,
        ),
      }));
      build.onLoad({ filter: /\/sharp\/dist\/sharp\.mjs$/ }, async ({ path }) => ({
        loader: 'js',
        contents: `import { loadAddon } from ${LOAD_ADDON};\n${replaceOnce(
          await readFile(path, 'utf8'),
          `require("@img/sharp-${target}/sharp.node")`,
          `loadAddon(${JSON.stringify(pictureAddon)})`,
          path,
        )}`,
      }));
    },
  };
}

function pathOf({ files }: Embedded, pattern: RegExp): string {
  const file = files.find(({ path }) => pattern.test(path));
  if (file) return file.path;
  throw new Error(`No embedded file matches ${pattern}.`);
}

function replaceOnce(text: string, search: string, replacement: string, path: string): string {
  const parts = text.split(search);
  if (parts.length === 2) return parts.join(replacement);
  throw new Error(`${path}: expected ${search} once, found it ${parts.length - 1} times. Has the package changed?`);
}
